import { error, redirect } from '@sveltejs/kit';
import { callStrapi, logOut } from '../../../../web-server/strapi';
import { visitorOf } from '$lib/visitor';
import type { Actions, PageServerLoad } from './$types';

interface Photos {
  readonly data: readonly { readonly documentId: string; readonly title: string }[];
}

export const load: PageServerLoad = async ({ locals }) => {
  const response = await callStrapi('/photos', locals.accessToken);
  // No second try: after a fresh token is refused only a login helps.
  if (response.status === 401 || response.status === 403) redirect(303, '/login');
  if (!response.ok) error(502, `Strapi answered ${response.status}`);

  const { data } = (await response.json()) as Photos;
  return { photos: data.map(({ documentId, title }) => ({ documentId, title })) };
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
