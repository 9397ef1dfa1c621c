import { error, redirect } from '@sveltejs/kit';
import { callStrapi, logOut } from '../../../../web-server/strapi';
import { visitorOf } from '$lib/visitor';
import type { Actions, PageServerLoad } from './$types';

interface User {
  readonly username: string;
}

export const load: PageServerLoad = async ({ locals }) => {
  const response = await callStrapi('/users/me', locals.accessToken);
  // No second try: after a fresh token is refused only a login helps.
  if (response.status === 401 || response.status === 403) redirect(303, '/login');
  if (!response.ok) error(502, `Strapi answered ${response.status}`);

  const { username } = (await response.json()) as User;
  return { username };
};

/** SvelteKit refuses a form that another site sends. */
export const actions: Actions = {
  logout: async (event) => {
    const outcome = await logOut(visitorOf(event));
    if (outcome.kind !== 'ended') error(503, 'Please try again in a moment.');
    event.locals.setCookies = outcome.setCookies;
    redirect(303, '/login');
  },
};
