import { appendResponseHeader, createError, defineEventHandler, sendRedirect } from 'h3';
import { logOut } from '../../../../web-server/strapi';
import { browserRequestOf, requireOwnForm } from '../../browser-request';

/** Logs out. */
export default defineEventHandler(async (event) => {
  requireOwnForm(event);
  const outcome = await logOut(browserRequestOf(event));
  if (outcome.kind !== 'ended') throw createError({ statusCode: 503 });
  for (const cookie of outcome.setCookies) appendResponseHeader(event, 'Set-Cookie', cookie);
  return sendRedirect(event, '/login', 303);
});
