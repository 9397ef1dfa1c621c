import type { Handle } from '@sveltejs/kit';
import { ACCESS_COOKIE, needsRenewal, renew } from '../../web-server/strapi';
import { browserRequestOf } from '$lib/browser-request';

/** Runs before every page and action. Refreshes if necessary, and sets `locals.accessToken`. */
export const handle: Handle = async ({ event, resolve }) => {
  const browserRequest = browserRequestOf(event);
  event.locals.accessToken = event.cookies.get(ACCESS_COOKIE);
  event.locals.setCookies = [];

  if (needsRenewal(browserRequest)) {
    const outcome = await renew(browserRequest);
    if (outcome.kind === 'unavailable') {
      const headers = { 'Retry-After': '5' };
      return new Response('Please try again in a moment.', { status: 503, headers });
    }
    event.locals.accessToken = outcome.kind === 'renewed' ? outcome.accessToken : undefined;
    event.locals.setCookies = outcome.setCookies;
  }

  const resolved = await resolve(event);
  // A copy: the headers of a response of `fetch` cannot be changed.
  const response = new Response(resolved.body, resolved);
  // Append the headers as Strapi has sent them: `event.cookies.set` would encode the values again.
  for (const cookie of event.locals.setCookies) response.headers.append('Set-Cookie', cookie);
  response.headers.set('Cache-Control', 'private, no-store');
  return response;
};
