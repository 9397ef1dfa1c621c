import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cookieOf } from './users';
import type { TestServer } from './server';

/** A fake OAuth provider on localhost. */
export interface FakeOAuthProvider {
  /** Its name in the paths of Strapi. */
  readonly name: string;
  /** Sets the user that the provider returns from now on; with null it returns no JSON. */
  setProfile(profile: { username: string; email: string } | null): void;
  /** Runs the OAuth flow up to the callback of Strapi. Returns the `Cookie` header of the browser. */
  authorize(): Promise<string>;
  stop(): Promise<void>;
}

const NAME = 'fake-provider';

const listen = (server: Server): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    });
  });

/**
 * Starts an OAuth 2 provider and registers it in Strapi, as a plugin of the project would.
 *
 * @param callback the page of the web app to which Strapi sends the browser after the login
 */
export const startFakeOAuthProvider = async (
  server: Pick<TestServer, 'strapi' | 'request'>,
  callback = 'http://localhost:3000/connected',
): Promise<FakeOAuthProvider> => {
  let profile: { username: string; email: string } | null = { username: '', email: '' };
  const provider = createServer(({ url = '/' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    // A browser comes here. Its user has always agreed already.
    if (pathname === '/authorize') {
      const query = new URLSearchParams({ code: 'a-code', state: searchParams.get('state') ?? '' });
      const location = `${searchParams.get('redirect_uri') ?? ''}?${query}`;
      response.writeHead(302, { Location: location }).end();
      return;
    }
    const body = url === '/token' ? { access_token: 'of-the-provider' } : profile;
    response.setHeader('Content-Type', 'application/json').end(body && JSON.stringify(body));
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
    callback,
  };

  const store = server.strapi.store({ type: 'plugin', name: 'users-permissions', key: 'grant' });
  await store.set({ value: { ...((await store.get({})) as object), [NAME]: grant } });

  const authorize = async (): Promise<string> => {
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
    setProfile: (next) => {
      profile = next;
    },
    authorize,
    stop: () =>
      new Promise((resolve) => {
        provider.close(() => resolve());
      }),
  };
};
