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

/** A request that somebody sends, after whatever leads to it, and what comes back. */
export type Scenario = () => Promise<Response>;

/** Sends requests to a server that is behind a proxy and has its rate limits on. */
export interface Client {
  readonly server: SuiteServer;
  get(path: string): Test;
  post(path: string, body?: object): Test;
  put(path: string, body?: object): Test;
  remove(path: string): Test;
  logIn(user: TestUser): Promise<ClientTokens>;
  newDevice(): Promise<ClientTokens>;
  /** Sends a request with the access token of somebody who has just logged in. */
  asNewDevice(request: (device: ClientTokens) => Test): Promise<Response>;
  /** Sends a request while settings of the plugin are as an administrator may set them. */
  withSettings(changes: object, request: () => Promise<Response>): Promise<Response>;
}

/** Makes a client each of whose requests comes from another address, so that none meets a rate limit. */
export const createClient = (server: SuiteServer): Client => {
  let addresses = 0;
  const fromElsewhere = () => {
    addresses += 1;
    return { 'X-Forwarded-For': `198.18.${addresses >> 8}.${addresses & 255}` };
  };
  const send = (method: 'get' | 'post' | 'put' | 'delete', path: string, body?: object): Test =>
    server.request()[method](`/api${path}`).set(fromElsewhere()).send(body);
  const logIn = (user: TestUser) => login(server, user, fromElsewhere());
  const newDevice = async () => logIn(await createUser(server));

  return {
    server,
    get: (path) => send('get', path),
    post: (path, body) => send('post', path, body),
    put: (path, body) => send('put', path, body),
    remove: (path) => send('delete', path),
    logIn,
    newDevice,
    async asNewDevice(request) {
      const device = await newDevice();
      return request(device).set(bearer(device));
    },
    async withSettings(changes, request) {
      const answers: Response[] = [];
      await withPluginSettings(server, 'advanced', changes, async () =>
        answers.push(await request()),
      );
      return answers[0] as Response;
    },
  };
};
