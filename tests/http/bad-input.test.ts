import { randomUUID } from 'node:crypto';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { INVALID_REFRESH_TOKEN, refusal } from '../helpers/responses';
import { malformedBodies } from '../helpers/malformed-bodies';
import { forgeToken } from '../helpers/forge';
import {
  bearer,
  claimsOf,
  createUser,
  login,
  refreshByBody,
  storedSessions,
  BODY_TRANSPORT,
  fetchOwnAccount,
  type ClientTokens,
  type TestUser,
} from '../helpers/users';
import { useServer } from '../helpers/suite';

/** A request that takes longer hangs. In milliseconds. */
const RESPONSE_TIMEOUT = 5000;

const server = useServer();

let victim: TestUser;
let device: ClientTokens;
beforeAll(async () => {
  victim = await createUser(server);
  device = await login(server, victim, BODY_TRANSPORT);
});

interface Route {
  readonly path: string;
  /** The fields of the body; each is a string. */
  readonly fields: readonly string[];
  readonly needsLogin?: boolean;
  readonly isOwnAction?: boolean;
}

const ROUTES: readonly Route[] = [
  { path: '/api/auth/local', fields: ['identifier', 'password'] },
  { path: '/api/auth/local/register', fields: ['username', 'email', 'password'] },
  {
    path: '/api/auth/change-password',
    fields: ['currentPassword', 'password', 'passwordConfirmation'],
    needsLogin: true,
  },
  { path: '/api/auth/reset-password', fields: ['code', 'password', 'passwordConfirmation'] },
  { path: '/api/auth/forgot-password', fields: ['email'] },
  { path: '/api/token/refresh', fields: ['refreshToken'], isOwnAction: true },
  { path: '/api/auth/refresh', fields: ['refreshToken'], isOwnAction: true },
  { path: '/api/auth/logout', fields: ['refreshToken'], isOwnAction: true },
];

const post = ({ path, needsLogin }: Route) => {
  const request = server.request().post(path).timeout(RESPONSE_TIMEOUT);
  return needsLogin ? request.set(bearer(device)) : request;
};

const expect4xx = ({ status, body }: { status: number; body: unknown }): void => {
  expect({ status, body }).toEqual({ status, body: refusal(status) });
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
};

/** An action of Strapi behind our middlewares, and an action of ours. */
const [LOGIN, REFRESH] = ['/api/auth/local', '/api/token/refresh'] as const;

describe.each([LOGIN, REFRESH])('POST %s', (path) => {
  it.each(malformedBodies)('answers 4xx to $name', async ({ headers, body }) => {
    expect4xx(await post({ path, fields: [] }).set(headers).send(body));
  });
});

const A_MULTIPART_FORM = malformedBodies.filter(({ name }) => name === 'a multipart form');
const AN_ARRAY = malformedBodies.filter(({ name }) => name === 'an array of objects');

describe.each(ROUTES)('POST $path', (route) => {
  it.each(A_MULTIPART_FORM)('refuses $name before it is parsed', async ({ headers, body }) => {
    const response = await post(route).set(headers).send(body);

    expect(response.body).toEqual(refusal(415, 'Send JSON: this route takes no multipart body'));
    expect(response.status).toBe(415);
  });

  it.each(AN_ARRAY)('answers 4xx to $name', async ({ headers, body }) => {
    const response = await post(route).set(headers).send(body);

    expect4xx(response);
    // Only the routes of Strapi's actions have the middleware that sends this sentence.
    if (!route.isOwnAction) {
      const message = 'The request body must be a JSON object or a form';
      expect(response.body).toEqual(refusal(400, message));
    }
  });

  it.each(route.fields)('answers 4xx where %s is a list, an object or a number', async (field) => {
    const others = Object.fromEntries(route.fields.map((name) => [name, 'correct-horse']));

    for (const value of [['text'], { $ne: null }, 1]) {
      expect4xx(await post(route).send({ ...others, [field]: value }));
    }
  });
});

/** Bodies with a text that PostgreSQL or MySQL can neither store nor compare. */
const TEXTS_THAT_DATABASES_REJECT: [string, string, object][] = [
  ['/api/auth/local', 'a NUL in the identifier', { identifier: 'a\u0000b', password: 'secret' }],
  ['/api/auth/local/register', 'a NUL in the name', { username: 'a\u0000b' }],
  ['/api/auth/local/register', 'a NUL in the address', { email: '"a\u0000b"@example.com' }],
  ['/api/auth/local/register', 'a name of 256 characters', { username: 'x'.repeat(256) }],
  ['/api/auth/local/register', 'an address of 312', { email: `${'x'.repeat(300)}@example.com` }],
  [
    '/api/auth/local/register',
    'an address of 240 that is longer in lower case',
    { email: `${'İ'.repeat(228)}@example.com` },
  ],
  ['/api/auth/forgot-password', 'a NUL', { email: 'a\u0000b@example.com' }],
  ['/api/auth/send-email-confirmation', 'a NUL', { email: 'a\u0000b@example.com' }],
  ['/api/auth/reset-password', 'a NUL', { code: 'a\u0000b', passwordConfirmation: 'new-horse' }],
];

it.each(TEXTS_THAT_DATABASES_REJECT)('POST %s answers 4xx to %s', async (path, _name, fields) => {
  const valid = { username: randomUUID(), email: `${randomUUID()}@example.com` };
  const body = { ...valid, password: 'new-horse', ...fields };

  expect4xx(await post({ path, fields: [] }).send(body));
});

const NUL_IN_TEXT = refusal(400, 'The request must not contain NUL characters');
const MALFORMED_TEXT = refusal(400, 'The request must be well-formed UTF-8');
const TOO_DEEP = refusal(400, 'The request is nested too deeply');

describe('On every route', () => {
  it.each([
    ['GET', '/api/auth/email-confirmation?confirmation=a%00b'],
    ['GET', '/api/auth/email-confirmation?a%00b=confirmation'],
    ['GET', '/api/auth/a%00b/callback'],
    ['GET', '/api/connect/a%00b'],
    ['GET', '/api/users/%00'],
    ['GET', '/api/users?filters[username]=%00'],
    ['DELETE', '/api/auth/sessions/%00'],
    ['GET', '/users-permissions/sessions?user=%00'],
    ['GET', '/uploads/%00.png'],
  ] as const)('a NUL gets 400: %s %s', async (method, path) => {
    const response = await server.request()[method === 'GET' ? 'get' : 'delete'](path);

    expect(response.body).toEqual(NUL_IN_TEXT);
  });

  it.each(['/api/users', '/admin/login', '/users-permissions/sessions/revoke'])(
    'a NUL in a body gets 400, and so does a value that is nested too deeply: POST %s',
    async (path) => {
      const nested = (depth: number) => `{"a":`.repeat(depth) + '1' + '}'.repeat(depth);
      const send = (body: string, type = 'application/json') =>
        server.request().post(path).timeout(RESPONSE_TIMEOUT).set('Content-Type', type).send(body);

      expect((await send(String.raw`{"a":[{"b":"\u0000"}]}`)).body).toEqual(NUL_IN_TEXT);
      expect((await send(String.raw`{"\u0000":1}`)).body).toEqual(NUL_IN_TEXT);
      expect((await send('a=%00', 'application/x-www-form-urlencoded')).body).toEqual(NUL_IN_TEXT);
      expect((await send('\0', 'text/plain')).body).toEqual(NUL_IN_TEXT);
      expect((await send(nested(101))).body).toEqual(TOO_DEEP);
      expect((await send(nested(10_000))).body).toEqual(TOO_DEEP);
      expect((await send(nested(100))).body).not.toEqual(TOO_DEEP);
    },
  );

  it('a NUL gets 400 in a field of a multipart form, and in the name of a file', async () => {
    const form = () => server.request().post('/api/upload');

    // formidable decodes these entities in the name of a file.
    const withName = await form().attach('files', Buffer.from('x'), 'a&#0000;b.txt');
    expect(withName.body).toEqual(NUL_IN_TEXT);
    const withField = await form().field('fileInfo', 'a\0b');
    expect(withField.body).toEqual(NUL_IN_TEXT);
    const withFieldName = await form()
      .field('a\0b', 'x')
      .attach('files', Buffer.from('x'), 'a.txt');
    expect(withFieldName.body).toEqual(NUL_IN_TEXT);
  });

  it('a NUL in a header gets 400 from Node', async () => {
    const { port } = server.strapi.server.httpServer.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /api/users/me HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a\0b\r\n\r\n');

    expect(await text(socket)).toMatch(/^HTTP\/1.1 400 /);
  });

  it.each(['/%ff', '/api/auth/%ed%a0%80/callback', '/api/users/%', '/uploads/%zz.png'])(
    'broken percent-encoding in the path gets 400: %s',
    async (path) => {
      expect((await server.request().get(path)).body).toEqual(MALFORMED_TEXT);
    },
  );
});

/** bcryptjs loops on it until the process runs out of memory. */
const HALF = '\ud800abcdefg';

it.each([
  ['/api/auth/local', { identifier: 'ada', password: HALF }],
  ['/api/auth/local', { identifier: HALF, password: 'correct-horse' }],
  ['/api/auth/local', { identifier: 'ada', password: 'correct-horse', [HALF]: { deep: [HALF] } }],
  ['/api/auth/local/register', { username: 'ada', email: 'ada@example.com', password: HALF }],
  ['/api/auth/reset-password', { code: 'x', password: HALF, passwordConfirmation: HALF }],
  [
    '/api/auth/change-password',
    { currentPassword: HALF, password: 'x', passwordConfirmation: 'x' },
  ],
  ['/api/token/refresh', { refreshToken: HALF }],
  ['/api/auth/logout', { refreshToken: HALF }],
  ['/admin/login', { email: 'admin@example.com', password: HALF }],
  ['/admin/register-admin', { email: 'admin@example.com', password: HALF }],
])('POST %s answers 400 to text that is not well formed: %j', async (path, body) => {
  const response = await post({ path, fields: [], needsLogin: true }).send(body);

  expect(response.body).toEqual(MALFORMED_TEXT);
});

it('POST /api/auth/local accepts a whole surrogate pair', async () => {
  const password = 'correct-🐎-staple';
  const user = await createUser(server, { password });

  await login(server, { ...user, password });
});

const signed = (payload: unknown): string =>
  forgeToken({ payload, secret: process.env.REFRESH_SECRET });

// All other forgeries are in tests/unit/tokens-refused.test.ts. These show the responses of the routes.
const BAD_TOKENS: [string, (genuine: string, access: string) => string][] = [
  ['garbage', () => 'garbage'],
  ['half a megabyte', () => 'x'.repeat(512 * 1024)],
  ['an access token', (_genuine, access) => access],
  [
    'a token with `alg: none`',
    (genuine) => forgeToken({ header: { alg: 'none' }, payload: claimsOf(genuine) }),
  ],
];

/** Claims that are looked up in the database. */
const BAD_CLAIMS: [string, object][] = [
  ['a session that does not exist', { sessionId: 'x'.repeat(22) }],
  ['a session id of SQL', { sessionId: "' OR 1=1; --" }],
  ['a session id with a NUL', { sessionId: '\u0000' }],
  ['the largest generation', { generation: Number.MAX_SAFE_INTEGER, sessionId: 'x'.repeat(22) }],
];

const expectUntouched = async (): Promise<void> => {
  expect(await storedSessions(server, victim)).toMatchObject([{ generation: 0, revokedAt: null }]);
  await fetchOwnAccount(server, device).expect(200);
};

describe('A bad refresh token', () => {
  it.each(BAD_TOKENS)(
    'gets 401 at refresh and 200 at logout, and changes no session: %s',
    async (_name, forge) => {
      const token = forge(device.refreshToken, device.accessToken);

      const refreshed = await refreshByBody(server, token).timeout(RESPONSE_TIMEOUT);
      expect(refreshed.body).toEqual(INVALID_REFRESH_TOKEN);
      expect(refreshed.status).toBe(401);
      const loggedOut = await server
        .request()
        .post('/api/auth/logout')
        .timeout(RESPONSE_TIMEOUT)
        .send({ refreshToken: token });
      expect(loggedOut.body).toEqual({ ok: true });
      await expectUntouched();
    },
  );

  it.each(BAD_CLAIMS)(
    'gets 401 with the right secret and a wrong claim: %s',
    async (_name, changes) => {
      const token = signed({ ...claimsOf(device.refreshToken), ...changes });

      const response = await refreshByBody(server, token);

      expect(response.body).toEqual(INVALID_REFRESH_TOKEN);
      await expectUntouched();
    },
  );

  it('is accepted once its claims are right', async () => {
    const owner = await login(server, await createUser(server), BODY_TRANSPORT);

    await refreshByBody(server, signed(claimsOf(owner.refreshToken))).expect(200);
  });

  it.each([['text'], null, ''])('is treated as missing when it is %j', async (token) => {
    const response = await refreshByBody(server, token);

    expect(response.body).toEqual(refusal(400, 'Missing refresh token'));
  });

  it.each(['garbage', '%00', 'x'.repeat(6000)])('gets 401 in a cookie: %.20s', async (value) => {
    const response = await server
      .request()
      .post('/api/token/refresh')
      .set('Cookie', `refreshToken=${value}; refreshToken.sig=x`)
      .timeout(RESPONSE_TIMEOUT);

    expect(response.body).toEqual(INVALID_REFRESH_TOKEN);
  });
});
