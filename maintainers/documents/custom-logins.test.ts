import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newDatabase } from '../../tests/helpers/databases';
import { testEnvironment } from '../../tests/helpers/environment';
import { startStrapi, type RunningStrapi } from '../../tests/helpers/process';
import { claimsOf, PASSWORD } from '../../tests/helpers/users';
import { buildProjectWith, documentedFiles, type ProjectFile } from '../helpers/documented-project';

const PAGE = 'docs/custom-logins.md';

/** Requests of one address and route in a minute. */
const RATE_LIMIT = 30;

// Each group compiles the project and boots it.
vi.setConfig({ hookTimeout: 240_000, testTimeout: 60_000 });

/**
 * A plugin of the test: its login knows nothing of sessions, `/probe` moves the clock of the codes and shows what is
 * stored, and e-mails go to the log.
 */
const PLUGIN: ProjectFile[] = [
  [
    'config/plugins.ts',
    `import { usersPermissions } from '../src/extensions/users-permissions/refresh-tokens/settings/users-permissions';
    export default () => ({
      'users-permissions': usersPermissions(),
      sso: { enabled: true, resolve: './plugins/sso' },
    });`,
  ],
  [
    'plugins/sso/package.json',
    JSON.stringify({ name: 'sso', version: '1.0.0', strapi: { kind: 'plugin', name: 'sso' } }),
  ],
  [
    'plugins/sso/strapi-server.js',
    `const route = (path, handler) => ({ method: 'POST', path, handler, config: { auth: false } });
    module.exports = {
      bootstrap({ strapi }) {
        strapi.plugin('email').service('email').send = async ({ to, text }) => {
          if (to.startsWith('nobody')) throw new Error('mailbox unavailable');
          process.stdout.write(\`mail to \${to}: \${text}\\n\`);
        };
      },
      routes: {
        'content-api': {
          type: 'content-api',
          routes: [
            route('/login', (ctx) => ({
              jwt: strapi.plugin('users-permissions').service('jwt').issue({ id: ctx.request.body.id }),
              sso: true,
            })),
            route('/probe', async (ctx) => {
              const { age = 0, block } = ctx.request.body;
              const db = strapi.db.connection;
              await db('one_time_codes').decrement('sent_at', age);
              if (block) await db('up_users').where({ id: block }).update({ blocked: true });
              return { codes: await db('one_time_codes').select() };
            }),
          ],
        },
      },
    };`,
  ],
];

const example = documentedFiles(PAGE, 'A one-time code by e-mail');
const withMiddleware = documentedFiles(PAGE, 'A route that responds with a token');

describe.each([
  ['session.login', example],
  // The later files replace those of the same name.
  ['withSession', [...example, ...withMiddleware]],
])('docs/custom-logins.md, with %s', (way, files) => {
  let strapi: RunningStrapi;
  beforeAll(async () => {
    const environment = testEnvironment(await newDatabase());
    strapi = await startStrapi(
      { ...environment, AUTH_RATE_LIMIT_MAX: String(RATE_LIMIT) },
      buildProjectWith([...files, ...PLUGIN]),
    );
  });
  afterAll(() => strapi?.stop());

  const post = async (path: string, body: object) => {
    const response = await fetch(`${strapi.url}/api${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'x-strapi-refresh-cookie': 'none' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  };

  const newUser = async (prefix = 'user') => {
    const name = `${prefix}-${randomUUID()}`;
    const email = `${name}@example.com`;
    const account = { username: name, email, password: PASSWORD };
    const { body } = await post('/auth/local/register', account);
    return { id: body.user.id as number, email };
  };

  const codesSentTo = (email: string): string[] =>
    [...strapi.output().matchAll(/^mail to (\S+): Your code is (\d+)/gm)].flatMap(
      ([, to, code = '']) => (to === email ? [code] : []),
    );

  const requestCode = async (email: string): Promise<string> => {
    const before = codesSentTo(email).length;
    expect(await post('/one-time-codes', { email })).toEqual({ status: 200, body: { ok: true } });
    return vi.waitUntil(() => codesSentTo(email)[before], { timeout: 5000 });
  };

  const logIn = (email: string, code: string) => post('/one-time-codes/login', { email, code });

  const storedCodes = async (probe: object = {}): Promise<{ user_id: number; hash: string }[]> =>
    (await post('/sso/probe', probe)).body.codes;

  const REFUSED = { status: 400, body: { error: { message: 'The code is wrong or has expired' } } };

  it('logs in with the code, once', async () => {
    const { id, email } = await newUser();
    const code = await requestCode(email);
    expect(code).toMatch(/^\d{8}$/);

    const { status, body } = await logIn(email.toUpperCase(), code);

    expect({ status, body }).toMatchObject({ status: 200, body: { user: { id } } });
    if (way === 'withSession') expect(body.method).toBe('one-time-code');
    expect(claimsOf(body.jwt)).toMatchObject({ id, sessionId: expect.any(String) });
    const { refreshToken } = body;
    expect(await post('/token/refresh', { refreshToken })).toMatchObject({ status: 200 });
    expect(await logIn(email, code)).toMatchObject(REFUSED);
  });

  it('logs in one of two requests at once', async () => {
    const { email } = await newUser();
    const code = await requestCode(email);

    const responses = await Promise.all([logIn(email, code), logIn(email, code)]);

    expect(responses.map(({ status }) => status).sort()).toEqual([200, 400]);
  });

  it('stores no code, only its hash', async () => {
    const { id, email } = await newUser();
    const code = await requestCode(email);

    const row = (await storedCodes()).find(({ user_id }) => user_id === id);

    expect(row?.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(row)).not.toContain(code);
  });

  it('refuses a code after ten minutes', async () => {
    const { email } = await newUser();
    const code = await requestCode(email);

    await storedCodes({ age: 10 * 60_000 });

    expect(await logIn(email, code)).toMatchObject(REFUSED);
  });

  it('takes the right code at the fifth attempt, and not at the sixth', async () => {
    const [lucky, unlucky] = [await newUser(), await newUser()];
    const tryWrongly = async (email: string, attempts: number) => {
      const code = await requestCode(email);
      const wrong = String((Number(code) + 1) % 10 ** 8).padStart(8, '0');
      for (let count = 0; count < attempts; count += 1) {
        expect(await logIn(email, wrong)).toMatchObject(REFUSED);
      }
      return logIn(email, code);
    };

    expect(await tryWrongly(lucky.email, 4)).toMatchObject({ status: 200 });
    expect(await tryWrongly(unlucky.email, 5)).toMatchObject(REFUSED);
  });

  it('sends one code a minute, and the newest counts', async () => {
    const { email } = await newUser();
    const first = await requestCode(email);
    await post('/one-time-codes', { email });
    await storedCodes({ age: 60_000 });
    const second = await requestCode(email);

    expect(codesSentTo(email)).toEqual([first, second]);
    expect(await logIn(email, first)).toMatchObject(REFUSED);
    expect(await logIn(email, second)).toMatchObject({ status: 200 });
  });

  it('responds in the same way to an address without an account', async () => {
    const before = await storedCodes();

    const requested = await post('/one-time-codes', { email: 'stranger@example.com' });

    expect(requested).toEqual({ status: 200, body: { ok: true } });
    expect(await logIn('stranger@example.com', '12345678')).toMatchObject(REFUSED);
    expect(await storedCodes()).toHaveLength(before.length);
  });

  it('responds in the same way if the e-mail cannot be sent', async () => {
    const { email } = await newUser('nobody');

    const requested = await post('/one-time-codes', { email });

    expect(requested).toEqual({ status: 200, body: { ok: true } });
    await vi.waitUntil(() =>
      strapi.output().includes('One-time code not sent: mailbox unavailable'),
    );
  });

  it('refuses a user who has been blocked', async () => {
    const { id, email } = await newUser();
    const code = await requestCode(email);
    await storedCodes({ block: id });

    const { body } = await logIn(email, code);

    expect(body.error).toMatchObject({ status: 400, details: { code: 'account-blocked' } });
  });

  it.each([[{}], [{ email: ['a'], code: { a: 1 } }]])('refuses the body %j', async (body) => {
    expect(await post('/one-time-codes/login', body)).toMatchObject(REFUSED);
  });

  it.runIf(way === 'withSession')('turns the login of another plugin into a session', async () => {
    const { id } = await newUser();

    const { body } = await post('/sso/login', { id });

    expect(body).toMatchObject({ sso: true, refreshToken: expect.any(String) });
    expect(claimsOf(body.jwt)).toMatchObject({ id, sessionId: expect.any(String) });
  });

  // The last one: it uses the limit up.
  it('limits attempts by address', async () => {
    const statuses = new Set<number>();
    for (let count = 0; count <= RATE_LIMIT; count += 1) {
      statuses.add((await logIn('stranger@example.com', '12345678')).status);
    }

    expect([...statuses]).toEqual([400, 429]);
  });
});
