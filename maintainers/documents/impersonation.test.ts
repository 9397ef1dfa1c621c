import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newDatabase } from '../../tests/helpers/databases';
import { testEnvironment } from '../../tests/helpers/environment';
import { startStrapi, type RunningStrapi } from '../../tests/helpers/process';
import { claimsOf, PASSWORD } from '../../tests/helpers/users';
import { buildProjectWith, documentedFiles, type ProjectFile } from '../helpers/documented-project';

// Compiles the project and boots it.
vi.setConfig({ hookTimeout: 240_000, testTimeout: 60_000 });

const MINUTE = 60_000;
const ADMIN_PASSWORD = 'Correct-horse-1';

/** A route that must be used by the user alone. */
const GUARDED: ProjectFile = [
  'src/api/secret/routes/secret.ts',
  `const handler = (ctx: any) => { ctx.body = { ok: true }; };
  const config = { policies: ['global::own-session'], auth: { scope: [] } };
  export default { routes: [{ method: 'GET', path: '/secret', handler, config }] };`,
];

let strapi: RunningStrapi;
beforeAll(async () => {
  strapi = await startStrapi(
    testEnvironment(await newDatabase()),
    buildProjectWith([
      ...documentedFiles('docs/custom-logins.md', 'Impersonation by an administrator'),
      GUARDED,
    ]),
  );
});
afterAll(() => strapi?.stop());

const send = async (
  path: string,
  { body, token, headers = {} }: { body?: object; token?: string; headers?: object } = {},
) => {
  const response = await fetch(`${strapi.url}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: {
      'Content-Type': 'application/json',
      ...headers,
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const cookies = response.headers.getSetCookie();
  return { status: response.status, cookies, body: await response.json() };
};

/** A super admin, and one whose role has no permission at all. */
const createAdmins = async () => {
  const kim = { firstname: 'Kim', lastname: 'Lee', email: 'kim@example.com' };
  const first = await send('/admin/register-admin', { body: { ...kim, password: ADMIN_PASSWORD } });
  const token: string = first.body.data.token;
  const role = await send('/admin/roles', { token, body: { name: 'Guest', description: 'None' } });
  const roles = [role.body.data.id];
  const guest = { firstname: 'Guest', email: 'guest@example.com', roles };
  const invited = await send('/admin/users', { token, body: guest });
  const { registrationToken } = invited.body.data;
  const userInfo = { firstname: 'Guest', password: ADMIN_PASSWORD };
  const joined = await send('/admin/register', { body: { registrationToken, userInfo } });
  return { token, guestToken: String(joined.body.data.token) };
};

describe('docs/custom-logins.md, impersonation', () => {
  let admins: Awaited<ReturnType<typeof createAdmins>>;
  let user: { id: number; jwt: string };
  beforeAll(async () => {
    admins = await createAdmins();
    const account = { username: 'ada', email: 'ada@example.com', password: PASSWORD };
    const { body } = await send('/api/auth/local/register', { body: account });
    user = { id: body.user.id, jwt: body.jwt };
  });

  const impersonate = (userId: unknown, token?: string) =>
    send('/users-permissions/impersonations', {
      body: { userId },
      ...(token ? { token } : {}),
      headers: { 'x-strapi-refresh-cookie': 'httpOnly' },
    });

  it('logs an administrator in as a user, for 15 minutes, and the user sees it', async () => {
    const { status, body, cookies } = await impersonate(user.id, admins.token);

    expect({ status, body }).toMatchObject({
      status: 200,
      body: { user: { id: user.id, username: 'ada' }, refreshToken: expect.any(String) },
    });
    expect(body.user).not.toHaveProperty('password');
    expect(cookies.filter((cookie) => cookie.startsWith('refreshToken='))).toEqual([]);
    const me = await send('/api/users/me', { token: body.jwt });
    expect(me).toMatchObject({ status: 200, body: { username: 'ada' } });

    const { sessionId } = claimsOf(body.jwt);
    const listed = await send('/api/auth/sessions', { token: user.jwt });
    const [own, impersonation] = listed.body.data;
    expect(own).toMatchObject({ current: true, impersonatedBy: null });
    expect(impersonation).toMatchObject({ id: sessionId, impersonatedBy: 'Kim Lee' });
    const { loginAt, expiresAt } = impersonation;
    expect(Date.parse(expiresAt) - Date.parse(loginAt)).toBe(15 * MINUTE);
    expect(strapi.output()).toContain(`has logged in as user ${user.id}`);
  });

  it('gives a private window of a browser a cookie that ends with the session', async () => {
    const { body } = await impersonate(user.id, admins.token);

    const { cookies } = await send('/api/token/refresh', {
      body: { refreshToken: body.refreshToken },
      headers: { 'x-strapi-refresh-cookie': 'httpOnly' },
    });

    const maxAge = Number(/^refreshToken=.*Max-Age=(\d+)/i.exec(cookies.join('\n'))?.[1]);
    expect(maxAge).toBeGreaterThan(0);
    expect(maxAge).toBeLessThanOrEqual(15 * 60);
  });

  it('keeps an impersonation from the routes with the policy', async () => {
    const { body } = await impersonate(user.id, admins.token);

    expect(await send('/api/secret', { token: body.jwt })).toMatchObject({ status: 403 });
    expect(await send('/api/secret', { token: user.jwt })).toMatchObject({ status: 200 });
  });

  it('is for administrators with the permission', async () => {
    expect(await impersonate(user.id, admins.guestToken)).toMatchObject({ status: 403 });
    expect(await impersonate(user.id, user.jwt)).toMatchObject({ status: 401 });
    expect(await impersonate(user.id)).toMatchObject({ status: 401 });
  });

  it.each([undefined, null, 'everybody', { $gt: 0 }])('refuses the id %j', async (id) => {
    expect(await impersonate(id, admins.token)).toMatchObject({ status: 400 });
  });

  it('refuses a user who does not exist', async () => {
    expect(await impersonate(2 ** 30, admins.token)).toMatchObject({ status: 401 });
  });
});
