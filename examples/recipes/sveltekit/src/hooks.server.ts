import type { Handle } from '@sveltejs/kit';
import { ACCESS_COOKIE, hasRefreshToken, renew } from '../../web-server/strapi';
import { visitorOf } from '$lib/visitor';

/** Runs before every page and action: with an access token in `locals`, or without one. */
export const handle: Handle = async ({ event, resolve }) => {
  const visitor = visitorOf(event);
  event.locals.accessToken = event.cookies.get(ACCESS_COOKIE);
  event.locals.setCookies = [];

  if (event.locals.accessToken === undefined && hasRefreshToken(visitor)) {
    const outcome = await renew(visitor);
    if (outcome.kind === 'unavailable') {
      const headers = { 'Retry-After': '5' };
      return new Response('Please try again in a moment.', { status: 503, headers });
    }
    if (outcome.kind === 'renewed') event.locals.accessToken = outcome.accessToken;
    event.locals.setCookies = outcome.setCookies;
  }

  const response = await resolve(event);
  // As Strapi wrote them: `event.cookies.set` would encode the values anew.
  for (const line of event.locals.setCookies) response.headers.append('Set-Cookie', line);
  response.headers.set('Cache-Control', 'private, no-store');
  return response;
};
