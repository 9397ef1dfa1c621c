import { logIn } from '../../../web-server/strapi';
import { goTo, isOwnForm } from '../../answer';
import { visitorOf } from '../../visitor';

/** Logs in. A route handler can set cookies. */
export const POST = async (request: Request): Promise<Response> => {
  if (!isOwnForm(request)) return new Response('Forbidden', { status: 403 });
  const form = await request.formData();
  const [identifier, password] = [form.get('identifier'), form.get('password')].map(String);

  const outcome = await logIn(visitorOf(request), identifier ?? '', password ?? '');
  if (outcome.kind === 'renewed') return goTo('/profile', outcome.setCookies);
  return goTo(`/login?problem=${outcome.kind === 'ended' ? 'credentials' : 'unavailable'}`);
};
