import { bearer } from '../../../tests/helpers/users';
import type { Client, Scenario } from './client';
import { document } from './document';

const BODY_ROUTES = Object.entries(document.paths)
  .filter(([path, item]) => /^\/(auth|token)\//.test(path) && item.post)
  .map(([path]) => path);

/** Returns malformed, too large and multipart bodies, for every auth route with a body. */
export const unreadableScenarios = ({ post }: Client): Scenario[] =>
  BODY_ROUTES.flatMap((path) => [
    async () => post(path).type('application/json').send('{'),
    async () =>
      post(path)
        .type('application/json')
        .send(`{"a":"${'x'.repeat(2 * 1024 * 1024)}"}`),
    async () => post(path).type('multipart/form-data; boundary=edge').send('--edge--'),
  ]);

interface LimitedRoute {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly isForLoggedIn: boolean;
}

/** The routes that are limited by address. Refresh and logout with a valid token are limited by session. */
const LIMITED = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item)
    .filter(([, { responses }]) => responses[429] && !/refresh|logout/.test(path))
    .map(([method, { security = [] }]) => ({ method, path, isForLoggedIn: security.length > 0 })),
) as LimitedRoute[];

/** Returns a request above the rate limit, for every route that is limited by address. */
export const tooManyScenarios = ({ server, newLogin }: Client, limit: number): Scenario[] =>
  LIMITED.map(({ method, path, isForLoggedIn }) => async () => {
    const headers = {
      'X-Forwarded-For': '203.0.113.1',
      ...(isForLoggedIn && bearer(await newLogin())),
    };
    const send = () =>
      server
        .request()
        [method](`/api${path.replace('{provider}', 'nobody')}`)
        .set(headers);
    for (let count = 0; count < limit; count += 1) await send();
    return send();
  });
