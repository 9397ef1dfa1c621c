import { appendResponseHeader, defineEventHandler, readBody, sendRedirect } from 'h3';
import { logIn } from '../../../../web-server/strapi';
import { browserRequestOf, requireOwnForm } from '../../browser-request';

/** Logs in with the fields of a form. */
export default defineEventHandler(async (event) => {
  requireOwnForm(event);
  const form = await readBody<Record<string, string>>(event);
  const { identifier = '', password = '' } = form;

  const outcome = await logIn(browserRequestOf(event), identifier, password, 'rememberMe' in form);
  if (outcome.kind !== 'renewed') {
    const problem = outcome.kind === 'ended' ? 'credentials' : 'unavailable';
    return sendRedirect(event, `/login?problem=${problem}`, 303);
  }
  for (const cookie of outcome.setCookies) appendResponseHeader(event, 'Set-Cookie', cookie);
  return sendRedirect(event, '/profile', 303);
});
