import { error, redirect } from '@sveltejs/kit';
import { callStrapi, logOut } from '../../../../web-server/strapi';
import { browserRequestOf } from '$lib/browser-request';
import type { Actions, PageServerLoad } from './$types';

interface User {
  readonly username: string;
}

export const load: PageServerLoad = async ({ locals }) => {
  const response = await callStrapi('/users/me', locals.accessToken);
  // No retry: the access token has not expired, so that a 401 means that the session has ended.
  if (response.status === 401 || response.status === 403) redirect(303, '/login');
  if (!response.ok) error(502, `Strapi answered ${response.status}`);

  const { username } = (await response.json()) as User;
  return { username };
};

/** SvelteKit itself refuses forms of other sites. */
export const actions: Actions = {
  logout: async (event) => {
    const outcome = await logOut(browserRequestOf(event));
    if (outcome.kind !== 'ended') error(503, 'Please try again in a moment.');
    event.locals.setCookies = outcome.setCookies;
    redirect(303, '/login');
  },
};
