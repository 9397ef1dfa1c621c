import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cookieOf } from './users';
import type { TestServer } from './server';

/** A third party that people can log in with, on this machine. */
export interface FakeOAuthProvider {
  /** The name under which Strapi knows it. */
  readonly name: string;
  /** Whom it vouches for. */
  identify(profile: { username: string; email: string }): void;
  /** Goes through the whole OAuth dance; gives the `Cookie` header that the browser has then. */
  passThrough(): Promise<string>;
  stop(): Promise<void>;
}

const NAME = 'neighbour';

const listen = (server: Server): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    });
  });

/** Starts an OAuth 2 provider and makes it known to Strapi, as a plugin of the project would. */
export const startFakeOAuthProvider = async (
  server: Pick<TestServer, 'strapi' | 'request'>,
): Promise<FakeOAuthProvider> => {
  let profile = { username: '', email: '' };
  const provider = createServer(({ url }, response) => {
    const answer = url === '/token' ? { access_token: 'of-the-provider' } : profile;
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer));
  });
  const origin = await listen(provider);

  server.strapi
    .plugin('users-permissions')
    .service('providers-registry')
    .add(NAME, {
      enabled: true,
      grantConfig: {},
      authCallback: async () => (await fetch(`${origin}/profile`)).json(),
    });
  const grant = {
    enabled: true,
    key: 'client',
    secret: 'secret',
    authorize_url: `${origin}/authorize`,
    access_url: `${origin}/token`,
    callback: 'http://localhost:3000/connected',
  };

  const store = server.strapi.store({ type: 'plugin', name: 'users-permissions', key: 'grant' });
  await store.set({ value: { ...((await store.get({})) as object), [NAME]: grant } });

  const connect = async (): Promise<string> => {
    const started = await server.request().get(`/api/connect/${NAME}`).expect(302);
    const state = new URL(started.headers.location ?? '').searchParams.get('state');
    const finished = await server
      .request()
      .get(`/api/connect/${NAME}/callback`)
      .query({ code: 'a-code', state })
      .set('Cookie', cookieOf(started))
      .expect(302);
    return cookieOf(finished);
  };

  return {
    name: NAME,
    identify: (next) => {
      profile = next;
    },
    passThrough: connect,
    stop: () =>
      new Promise((resolve) => {
        provider.close(() => resolve());
      }),
  };
};
