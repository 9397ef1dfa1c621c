import { afterEach, describe, expect, it, vi } from 'vitest';
import { newDatabase } from '../../tests/helpers/databases';
import { testEnvironment } from '../../tests/helpers/environment';
import { startStrapi, type RunningStrapi } from '../../tests/helpers/process';
import { claimsOf } from '../../tests/helpers/users';
import { buildProjectWith, documentedFiles, type ProjectFile } from '../helpers/documented-project';

// Each test compiles the project and boots it.
vi.setConfig({ testTimeout: 240_000 });

let strapi: RunningStrapi | undefined;
afterEach(() => strapi?.stop());

const start = async (title: string, others: ProjectFile[] = []): Promise<RunningStrapi> => {
  const examples = documentedFiles('docs/your-code.md', title);
  expect(examples.length, `examples under "${title}"`).toBeGreaterThan(0);
  const environment = testEnvironment(await newDatabase());
  strapi = await startStrapi(environment, buildProjectWith([...examples, ...others]));
  return strapi;
};

const ada = { username: 'ada', email: 'ada@example.com', password: 'correct-horse' };

const send = async (url: string, body?: object, token?: string) => {
  const response = await fetch(url, {
    method: body ? 'POST' : 'GET',
    headers: {
      'Content-Type': 'application/json',
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: response.status, body: await response.json() };
};

const register = async ({ url }: RunningStrapi, fields = {}) =>
  send(`${url}/api/auth/local/register`, { ...ada, ...fields });

describe('docs/your-code.md', () => {
  it('adds a field of the user that is stored at registration and returned', async () => {
    const server = await start('A field of the user');

    const registered = await register(server, { nickname: 'Countess' });

    expect(registered).toMatchObject({ status: 200, body: { user: { nickname: 'Countess' } } });
    const me = await send(`${server.url}/api/users/me`, undefined, registered.body.jwt);
    expect(me).toMatchObject({ status: 200, body: { username: 'ada', nickname: 'Countess' } });
  });

  it('sends an e-mail after registration, which succeeds even if the e-mail fails', async () => {
    // An e-mail service that writes to the log, and fails for one address.
    const app = `export default {
      bootstrap({ strapi }: { strapi: any }) {
        strapi.plugin('email').service('email').send = async ({ to, subject }: any) => {
          if (to.startsWith('nobody')) throw new Error('mailbox unavailable');
          strapi.log.info(\`sent "\${subject}" to \${to}\`);
        };
      },
    };`;
    const server = await start('An e-mail after registration', [['src/index.ts', app]]);

    expect(await register(server)).toMatchObject({
      status: 200,
      body: { user: { username: 'ada' } },
    });
    expect(server.output()).toContain('sent "Welcome" to ada@example.com');

    const other = { username: 'nobody', email: 'nobody@example.com' };
    expect(await register(server, other)).toMatchObject({ status: 200 });
    expect(server.output()).toContain('mailbox unavailable');
  });

  it('adds a route to the plugin that knows the logged-in user', async () => {
    const server = await start('A route of the plugin');
    const { body } = await register(server);

    const who = await send(`${server.url}/api/auth/whoami`, undefined, body.jwt);
    expect(who).toEqual({ status: 200, body: { username: 'ada' } });
    expect(await send(`${server.url}/api/auth/whoami`)).toMatchObject({ status: 401 });
    expect(await send(`${server.url}/api/auth/sessions`, undefined, body.jwt)).toMatchObject({
      status: 200,
    });
  });

  it('puts claims of the project into access tokens, at the login and at a refresh', async () => {
    const server = await start('Claims of your own in access tokens');
    const response = await fetch(`${server.url}/api/auth/local/register`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'x-strapi-refresh-cookie': 'none' },
      body: JSON.stringify(ada),
    });
    const { jwt, refreshToken } = (await response.json()) as Record<string, string>;
    const renewed = await send(`${server.url}/api/token/refresh`, { refreshToken });

    for (const token of [jwt, renewed.body.jwt]) {
      expect(claimsOf(token)).toMatchObject({ role: 'authenticated', tenant: 'main' });
    }
  });
});
