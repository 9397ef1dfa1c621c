import type { Response, Test } from 'supertest';
import {
  bearer,
  createUser,
  login,
  type ClientTokens,
  type TestUser,
} from '../../../tests/helpers/users';
import { withPluginSettings } from '../../../tests/helpers/plugin-settings';
import type { SuiteServer } from '../../../tests/helpers/suite';

/** Sends requests to reach one response of the API, and resolves to it. */
export type Scenario = () => Promise<Response>;

/** An HTTP client for a server with `IS_PROXIED` and rate limits. */
export interface Client {
  readonly server: SuiteServer;
  get(path: string): Test;
  post(path: string, body?: object): Test;
  put(path: string, body?: object): Test;
  remove(path: string): Test;
  logIn(user: TestUser): Promise<ClientTokens>;
  /** Creates a user and logs in. */
  newLogin(): Promise<ClientTokens>;
  /** Creates a user, logs in, and sends a request with the access token. */
  withNewLogin(request: (tokens: ClientTokens) => Test): Promise<Response>;
  /** Sends a request with changed advanced settings of users-permissions. */
  withSettings(changes: object, request: () => Promise<Response>): Promise<Response>;
}

/** Creates a client that sends each request from another address, so that no rate limit is reached. */
export const createClient = (server: SuiteServer): Client => {
  let addresses = 0;
  const newAddress = () => {
    addresses += 1;
    return { 'X-Forwarded-For': `198.18.${addresses >> 8}.${addresses & 255}` };
  };
  const send = (method: 'get' | 'post' | 'put' | 'delete', path: string, body?: object): Test =>
    server.request()[method](`/api${path}`).set(newAddress()).send(body);
  const logIn = (user: TestUser) => login(server, user, newAddress());
  const newLogin = async () => logIn(await createUser(server));

  return {
    server,
    get: (path) => send('get', path),
    post: (path, body) => send('post', path, body),
    put: (path, body) => send('put', path, body),
    remove: (path) => send('delete', path),
    logIn,
    newLogin,
    async withNewLogin(request) {
      const tokens = await newLogin();
      return request(tokens).set(bearer(tokens));
    },
    async withSettings(changes, request) {
      const responses: Response[] = [];
      await withPluginSettings(server, 'advanced', changes, async () =>
        responses.push(await request()),
      );
      return responses[0] as Response;
    },
  };
};
