import {
  appendResponseHeader,
  createError,
  defineEventHandler,
  getCookie,
  setResponseHeader,
} from 'h3';
import { ACCESS_COOKIE, needsRenewal, renew } from '../../../web-server/strapi';
import { browserRequestOf } from '../browser-request';

/** Runs before every page and route of the server. Refreshes if necessary, and sets `context.accessToken`. */
export default defineEventHandler(async (event) => {
  const request = browserRequestOf(event);
  event.context.accessToken = getCookie(event, ACCESS_COOKIE);
  setResponseHeader(event, 'Cache-Control', 'private, no-store');
  if (!needsRenewal(request)) return;

  const outcome = await renew(request);
  if (outcome.kind === 'unavailable') {
    setResponseHeader(event, 'Retry-After', 5);
    throw createError({ statusCode: 503, message: 'Please try again in a moment.' });
  }
  event.context.accessToken = outcome.kind === 'renewed' ? outcome.accessToken : undefined;
  for (const cookie of outcome.setCookies) appendResponseHeader(event, 'Set-Cookie', cookie);
});
