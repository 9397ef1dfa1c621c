import { bearer } from '../../../tests/helpers/users';
import type { Client, Scenario } from './client';
import { document } from './document';

const BODY_ROUTES = Object.entries(document.paths)
  .filter(([path, item]) => /^\/(auth|token)\//.test(path) && item.post)
  .map(([path]) => path);

/** Bodies that cannot be read, to every route of ours that reads one. */
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

/** Those whose limit is for an address; a refresh or logout has one for its session. */
const LIMITED = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item)
    .filter(([, { responses }]) => responses[429] && !/refresh|logout/.test(path))
    .map(([method, { security = [] }]) => ({ method, path, isForLoggedIn: security.length > 0 })),
) as LimitedRoute[];

/** One request too many from one address, to every route that counts addresses. */
export const tooManyScenarios = ({ server, newDevice }: Client, limit: number): Scenario[] =>
  LIMITED.map(({ method, path, isForLoggedIn }) => async () => {
    const headers = {
      'X-Forwarded-For': '203.0.113.1',
      ...(isForLoggedIn && bearer(await newDevice())),
    };
    const send = () =>
      server
        .request()
        [method](`/api${path.replace('{provider}', 'nobody')}`)
        .set(headers);
    for (let count = 0; count < limit; count += 1) await send();
    return send();
  });
