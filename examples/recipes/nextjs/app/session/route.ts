import { logIn } from '../../../web-server/strapi';
import { browserRequestOf } from '../../browser-request';
import { isOwnForm, redirectTo } from '../../forms';

/** Logs in. Unlike a server component, a route handler can set cookies. */
export const POST = async (request: Request): Promise<Response> => {
  if (!isOwnForm(request)) return new Response('Forbidden', { status: 403 });
  const form = await request.formData();
  const [identifier, password] = [form.get('identifier'), form.get('password')].map(String);

  const outcome = await logIn(
    browserRequestOf(request),
    identifier ?? '',
    password ?? '',
    form.has('rememberMe'),
  );
  if (outcome.kind === 'renewed') return redirectTo('/profile', outcome.setCookies);
  return redirectTo(`/login?problem=${outcome.kind === 'ended' ? 'credentials' : 'unavailable'}`);
};
