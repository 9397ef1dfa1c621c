import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { STRAPI_CODES } from '../../src/extensions/users-permissions/refresh-tokens/http/refusals';
import { useServer } from '../helpers/suite';
import { bearer, BODY_TRANSPORT, createUser, login } from '../helpers/users';

const server = useServer();

const post = (route: string, body: object | string, headers: Record<string, string> = {}) =>
  server
    .request()
    .post(`/api${route}`)
    .set({ 'Content-Type': 'application/json', ...headers })
    .send(body);

const reset = (passwordConfirmation: string) => ({
  code: 'no-code',
  password: 'correct-horse',
  passwordConfirmation,
});
const foreign = { Origin: 'https://evil.example.com', 'x-strapi-refresh-cookie': 'httpOnly' };
const multipart = { 'Content-Type': 'multipart/form-data; boundary=x' };

describe('An error has its code in error.details.code', () => {
  it.each<[string, number, string, object | string, Record<string, string>]>([
    ['missing-refresh-token', 400, '/token/refresh', {}, {}],
    ['invalid-refresh-token', 401, '/token/refresh', { refreshToken: 'a.b.c' }, {}],
    ['missing-authentication', 401, '/auth/logout', {}, {}],
    ['untrusted-origin', 403, '/auth/local', { identifier: 'a', password: 'b' }, foreign],
    ['multipart', 415, '/auth/local', '--x--', multipart],
    ['body-too-large', 413, '/auth/local', { identifier: 'a'.repeat(2 ** 21) }, {}],
    ['unreadable-body', 400, '/auth/local', '{"a"', {}],
    ['nul-in-text', 400, '/auth/local', { identifier: '\0' }, {}],
    ['unknown-scope', 400, '/auth/logout', { scope: 'some' }, {}],
    ['invalid-credentials', 400, '/auth/local', { identifier: 'nobody', password: 'wrong' }, {}],
    ['invalid-input', 400, '/auth/local', {}, {}],
    ['account-code-used', 400, '/auth/reset-password', reset('correct-horse'), {}],
    ['passwords-differ', 400, '/auth/reset-password', reset('other-horse'), {}],
  ])('%s', async (code, status, route, body, headers) => {
    const response = await post(route, body, headers);

    expect(response.status).toBe(status);
    expect(response.body.error).toMatchObject({ status, details: { code } });
  });

  it('account-blocked, at a login and at a refresh', async () => {
    const user = await createUser(server);
    const { refreshToken } = await login(server, user, BODY_TRANSPORT);
    await server.strapi.db.connection('up_users').where({ id: user.id }).update({ blocked: true });

    const { identifier, password } = { identifier: user.username, password: user.password };
    const atLogin = await post('/auth/local', { identifier, password });
    const atRefresh = await post('/token/refresh', { refreshToken });

    expect(atLogin.body.error.details.code).toBe('account-blocked');
    expect(atRefresh.body.error.details.code).toBe('account-blocked');
  });

  it('unknown-session', async () => {
    const session = await login(server, await createUser(server));

    const { body } = await server
      .request()
      .delete(`/api/auth/sessions/${'A'.repeat(22)}`)
      .set(bearer(session))
      .expect(404);

    expect(body.error.details.code).toBe('unknown-session');
  });
});

it('Strapi’s actions have the messages that the codes are for', () => {
  const plugin = path.dirname(
    createRequire(import.meta.url).resolve('@strapi/plugin-users-permissions/package.json'),
  );
  const source = readFileSync(path.join(plugin, 'dist/server/controllers/auth.js'), 'utf8');

  for (const message of Object.keys(STRAPI_CODES)) expect(source).toContain(`'${message}'`);
});
