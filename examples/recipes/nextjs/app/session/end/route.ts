import { logOut } from '../../../../web-server/strapi';
import { browserRequestOf } from '../../../browser-request';
import { isOwnForm, redirectTo } from '../../../forms';

/** Logs out. */
export const POST = async (request: Request): Promise<Response> => {
  if (!isOwnForm(request)) return new Response('Forbidden', { status: 403 });
  const outcome = await logOut(browserRequestOf(request));
  if (outcome.kind === 'ended') return redirectTo('/login', outcome.setCookies);
  return new Response('Please try again in a moment.', { status: 503 });
};
