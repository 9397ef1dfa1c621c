import { logOut } from '../../../../web-server/strapi';
import { goTo, isOwnForm } from '../../../answer';
import { visitorOf } from '../../../visitor';

/** Logs out. */
export const POST = async (request: Request): Promise<Response> => {
  if (!isOwnForm(request)) return new Response('Forbidden', { status: 403 });
  const outcome = await logOut(visitorOf(request));
  if (outcome.kind === 'ended') return goTo('/login', outcome.setCookies);
  return new Response('Please try again in a moment.', { status: 503 });
};
