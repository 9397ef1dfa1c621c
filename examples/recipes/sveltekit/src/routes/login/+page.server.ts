import { fail, redirect } from '@sveltejs/kit';
import { logIn } from '../../../../web-server/strapi';
import { browserRequestOf } from '$lib/browser-request';
import type { Actions } from './$types';

export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData();
    const [identifier, password] = [form.get('identifier'), form.get('password')].map(String);

    const outcome = await logIn(
      browserRequestOf(event),
      identifier ?? '',
      password ?? '',
      form.has('rememberMe'),
    );
    if (outcome.kind === 'ended') return fail(400, { message: 'Name or password is wrong.' });
    if (outcome.kind === 'unavailable') {
      return fail(503, { message: 'Please try again in a moment.' });
    }
    event.locals.setCookies = outcome.setCookies;
    redirect(303, '/profile');
  },
};
