import { randomUUID } from 'node:crypto';
import type { Response } from 'supertest';
import { describe, expect, it } from 'vitest';
import { cookiesSetBy, refusal } from '../helpers/responses';
import {
  bearer,
  createUser,
  login,
  refresh,
  refreshByBody,
  BODY_TRANSPORT,
  fetchOwnAccount,
  type ClientTokens,
} from '../helpers/users';
import { useServer } from '../helpers/suite';

const CLIENT = 'https://app.example.com';
const HOST = 'api.example.com:8443';

/** Origins of apps in a web view and of browser extensions. */
const APPS = [
  'capacitor://localhost',
  'ionic://localhost',
  'tauri://localhost',
  `chrome-extension://${'abcdefghijklmnop'.repeat(2)}`,
  'moz-extension://0f5a4c1e-8f0e-4a0e-9a53-6a3a5a4c1d2e',
];

const server = useServer({
  CLIENT_ORIGINS: [CLIENT, 'http://localhost:5173', ...APPS].join(','),
  CLIENT_HEADERS: 'traceparent, X-Client-Version',
});

const logInNewUser = async (headers?: Record<string, string>): Promise<ClientTokens> =>
  login(server, await createUser(server), headers);

/** One example of each header. The rule itself is tested in tests/unit/origin.test.ts. */
const FOREIGN: [string, Record<string, string>][] = [
  ['the Origin of another site', { Origin: 'https://evil.example' }],
  ['the Origin of an app that is not listed', { Origin: 'capacitor://elsewhere' }],
  ['the Origin null', { Origin: 'null' }],
  ['no Origin, and Sec-Fetch-Site: cross-site', { 'Sec-Fetch-Site': 'cross-site' }],
];

const TRUSTED: [string, Record<string, string>][] = [
  ['the Origin of the server itself', { Origin: `https://${HOST}` }],
  ['a client origin on another site', { Origin: CLIENT, 'Sec-Fetch-Site': 'cross-site' }],
  ...APPS.map((origin): [string, Record<string, string>] => [
    `the app ${origin}`,
    { Origin: origin },
  ]),
];

describe.each(['/api/token/refresh', '/api/auth/refresh', '/api/auth/logout'])(
  'POST %s by cookie',
  (path) => {
    const call = ({ cookie }: ClientTokens, headers: Record<string, string>) =>
      server
        .request()
        .post(path)
        .set({ Host: HOST, Cookie: cookie, ...headers });

    it.each(FOREIGN)('refuses %s and changes nothing', async (_name, headers) => {
      const victim = await logInNewUser();

      const response = await call(victim, headers);

      expect(response.body).toEqual(refusal(403));
      expect(response.status).toBe(403);
      expect(cookiesSetBy(response)).toEqual([]);
      await refresh(server, victim).expect(200);
      await fetchOwnAccount(server, victim).expect(200);
    });

    it.each(TRUSTED)('accepts %s', async (_name, headers) => {
      const response = await call(await logInNewUser(), headers);

      expect(response.status).toBe(200);
    });
  },
);

describe('A login whose response would set the cookie', () => {
  const newPassword = { password: 'another-horse', passwordConfirmation: 'another-horse' };
  const post = (path: string, headers: Record<string, string>, body: object) =>
    server
      .request()
      .post(path)
      .set({ Host: HOST, ...headers })
      .send(body);

  /** Requests that set the cookie, each by a new user. */
  const LOGINS: [string, (headers: Record<string, string>) => Promise<Response>][] = [
    [
      'login',
      async (headers) => {
        const { username, password } = await createUser(server);
        return post('/api/auth/local', headers, { identifier: username, password });
      },
    ],
    [
      'register',
      async (headers) => {
        const username = `new-user-${randomUUID()}`;
        const account = { username, email: `${username}@example.com`, password: 'correct-horse' };
        return post('/api/auth/local/register', headers, account);
      },
    ],
    [
      'reset-password',
      async (headers) => {
        const code = randomUUID();
        await createUser(server, { resetPasswordToken: code });
        return post('/api/auth/reset-password', headers, { code, ...newPassword });
      },
    ],
    [
      'change-password',
      async (headers) => {
        const user = await createUser(server);
        const session = await login(server, user);
        const body = { currentPassword: user.password, ...newPassword };
        return post('/api/auth/change-password', { ...headers, ...bearer(session) }, body);
      },
    ],
  ];
  const countUsers = () => server.strapi.db.query('plugin::users-permissions.user').count();

  describe.each(LOGINS)('%s', (name, send) => {
    it.each(FOREIGN)('is refused from %s', async (_name, headers) => {
      const users = await countUsers();

      const response = await send(headers);

      expect(response.body).toEqual(
        refusal(403, 'Cross-site requests may not use the refresh cookie'),
      );
      expect(cookiesSetBy(response)).toEqual([]);
      expect(await countUsers()).toBe(name === 'register' ? users : users + 1);
    });

    it.each(TRUSTED)('is accepted from %s', async (_name, headers) => {
      await expect(send(headers)).resolves.toMatchObject({ status: 200 });
    });

    it.each([
      ['with neither header', {}],
      ['of another site with its token in the body', { ...FOREIGN[0]?.[1], ...BODY_TRANSPORT }],
    ])('is accepted %s', async (_name, headers: Record<string, string>) => {
      await expect(send(headers)).resolves.toMatchObject({ status: 200 });
    });
  });

  it('does not tell a foreign page whether a password is right', async () => {
    const { username } = await createUser(server);
    const credentials = { identifier: username, password: 'wrong' };

    const response = await post('/api/auth/local', { Origin: 'null' }, credentials);

    expect(response.status).toBe(403);
  });
});

describe('A refresh token in the body', () => {
  it('refreshes from any origin, since no browser adds it to a request', async () => {
    const { refreshToken } = await logInNewUser(BODY_TRANSPORT);

    await refreshByBody(server, refreshToken).set('Origin', 'https://evil.example').expect(200);
  });

  it('logs out from any origin, and leaves the cookie alone for another one', async () => {
    const { refreshToken } = await logInNewUser(BODY_TRANSPORT);

    const response = await server
      .request()
      .post('/api/auth/logout')
      .set('Origin', 'https://evil.example')
      .send({ refreshToken })
      .expect(200);

    expect(cookiesSetBy(response)).toEqual([]);
  });
});

describe('CORS', () => {
  const preflight = (origin: string) =>
    server.request().options('/api/token/refresh').set({
      Origin: origin,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers':
        'authorization,content-type,idempotency-key,x-strapi-refresh-cookie',
    });

  it.each([CLIENT, ...APPS])('allows %s to send credentials and the headers', async (origin) => {
    const response = await preflight(origin).expect(204);

    expect(response.headers['access-control-allow-origin']).toBe(origin);
    expect(response.headers['access-control-allow-credentials']).toBe('true');
    expect(response.headers['access-control-allow-methods']).toContain('POST');
    const allowed = response.headers['access-control-allow-headers']?.toLowerCase().split(',');
    expect(allowed).toEqual(
      expect.arrayContaining([
        'authorization',
        'content-type',
        'idempotency-key',
        'x-strapi-refresh-cookie',
        // Those of CLIENT_HEADERS.
        'traceparent',
        'x-client-version',
      ]),
    );
  });

  it('allows client origins to read responses, refusals included', async () => {
    const accepted = await refresh(server, await logInNewUser()).set('Origin', CLIENT);
    const refused = await refreshByBody(server, 'garbage').set('Origin', CLIENT);

    expect([accepted.status, refused.status]).toEqual([200, 401]);
    for (const { headers } of [accepted, refused]) {
      expect(headers['access-control-allow-origin']).toBe(CLIENT);
      expect(headers['access-control-allow-credentials']).toBe('true');
      expect(headers.vary).toContain('Origin');
    }
  });

  it.each(['https://evil.example', 'null', 'capacitor://elsewhere'])(
    'allows nothing to the origin %s',
    async (origin) => {
      const responses = [
        await preflight(origin),
        await refresh(server, await logInNewUser()).set('Origin', origin),
        await server.request().get('/api/users/me').set('Origin', origin),
      ];

      for (const { headers } of responses) {
        expect(headers['access-control-allow-origin'] ?? '').toBe('');
        expect(headers).not.toHaveProperty('access-control-allow-methods');
      }
    },
  );
});
