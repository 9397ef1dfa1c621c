import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import isEqual from 'lodash/isEqual';
import type { Test } from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { STRAPI_CODES } from '../../src/extensions/users-permissions/refresh-tokens/http/refusals';
import { testDatabase } from '../helpers/databases';
import { MISSING_TABLE, withoutTable } from '../helpers/faults';
import { grantToUsers } from '../helpers/permissions';
import { useServer } from '../helpers/suite';
import { bearer, BODY_TRANSPORT, createUser, login, type TestUser } from '../helpers/users';

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

describe('A value of a wrong kind, and an id that is no number', () => {
  const USERS = 'plugin::users-permissions.user';
  const ROLES = 'plugin::users-permissions.role';
  let user: TestUser;
  let headers: { Authorization: string };
  beforeAll(async () => {
    await grantToUsers(server, [
      'plugin::upload.content-api.find',
      ...['find', 'findOne', 'create', 'update', 'destroy'].map((action) => `${USERS}.${action}`),
      ...['find', 'findOne', 'createRole', 'updateRole', 'deleteRole'].map(
        (action) => `${ROLES}.${action}`,
      ),
    ]);
    user = await createUser(server);
    headers = bearer(await login(server, user));
  });

  const refusedWith = async (status: number, code: string, request: Test) => {
    const response = await request.set(headers);
    expect(response.body.error, response.text).toMatchObject({ status, details: { code } });
    expect(response.status).toBe(status);
  };

  it.each([
    'filters[]=1',
    'filters[$and]=x',
    'filters[$not]=x',
    'filters[username][$or]=x',
    'filters[username][$between]=1',
    'filters[username][$between][]=1',
    'filters[createdAt][$gt]=yesterday',
    'populate[role][filters][$and]=x',
    '_q[a]=1',
    'sort[username][a]=asc',
    'fields=',
    'fields=constructor',
    'populate[role][fields]=__proto__',
    'limit=99999999999999999999',
    'start=99999999999999999999',
  ])('wrong-value: GET /users?%s', (query) =>
    refusedWith(400, 'wrong-value', server.request().get(`/api/users?${query}`)),
  );

  it.each([
    'filters=x',
    'filters[username][$in][x]=1',
    'filters[constructor]=1',
    'sort[a]=x',
    'populate[a]=x',
    'pagination=x',
    'locale[a]=x',
    'status[a]=x',
  ])('no 5xx: GET /users?%s', async (query) => {
    const { status } = await server.request().get(`/api/users?${query}`).set(headers);
    expect(status).toBeLessThan(500);
  });

  it.runIf(testDatabase === 'postgres')(
    'wrong-value: PostgreSQL does not compare a number with a text',
    async () => {
      for (const filter of ['[id]=abc', '[id][$gt]=99999999999', '[id][$contains]=1']) {
        await refusedWith(400, 'wrong-value', server.request().get(`/api/users?filters${filter}`));
      }
    },
  );

  it('wrong-value: an id, and a field that every object has, in a body', async () => {
    const put = (body: object) => server.request().put(`/api/users/${user.id}`).send(body);

    await refusedWith(400, 'wrong-value', put({ constructor: 1 }));
    await refusedWith(400, 'wrong-value', put({ id: {} }));
    if (testDatabase !== 'mysql') {
      await refusedWith(400, 'wrong-value', put({ id: 'x' }));
    }
  });

  it('no 5xx: a relation whose id is no number', async () => {
    for (const relation of [{ role: { connect: [{ id: 'x' }] } }, { createdBy: 'x' }]) {
      const response = await server
        .request()
        .put(`/api/users/${user.id}`)
        .set(headers)
        .send({ ...relation, username: randomUUID() });

      expect(response.body.error.message).toBe('The request has a value of a wrong kind');
      expect(response.status).toBe(400);
    }
  });

  it.each([
    'where[id]=1',
    'where[createdBy][password][$startsWith]=x',
    'orderBy[id]=asc',
    'select=x',
  ])('wrong-value: GET /upload/files?%s, which Strapi does not check', (query) =>
    refusedWith(400, 'wrong-value', server.request().get(`/api/upload/files?${query}`)),
  );

  it('a validation that fails in the database ends the request, and not the process', async () => {
    const stop = server.strapi.db.lifecycles.subscribe({
      models: [USERS],
      // The statement that looks whether a unique value is taken.
      beforeFindOne({ params }) {
        if (isEqual(params.select, ['id'])) throw new Error('The connection is lost');
      },
    });
    try {
      await server.expectErrors(/The connection is lost/, async () => {
        const put = server.request().put(`/api/users/${user.id}`).set(headers).timeout(5000);
        await put.send({ username: randomUUID() }).expect(500);
      });
    } finally {
      stop();
    }
  });

  it('body-not-plain: users and roles without a body', async () => {
    const { request } = server;
    for (const path of ['/api/users', '/api/users-permissions/roles']) {
      await refusedWith(400, 'body-not-plain', request().post(path));
      await refusedWith(400, 'body-not-plain', request().put(`${path}/1`));
      await refusedWith(400, 'body-not-plain', request().post(path).send([]));
    }
  });

  it.each(['abc', '1abc', '%201', '-1', '1.5', '99999999999', '__proto__'])(
    'unknown-id: a user or a role of id %s',
    async (id) => {
      for (const path of [`/api/users/${id}`, `/api/users-permissions/roles/${id}`]) {
        await refusedWith(404, 'unknown-id', server.request().get(path));
        await refusedWith(404, 'unknown-id', server.request().put(path).send({ name: 'x' }));
        await refusedWith(404, 'unknown-id', server.request().delete(path));
      }
    },
  );

  it('a fault of the server stays a 500, whatever the request has', async () => {
    await server.expectErrors(MISSING_TABLE, () =>
      withoutTable(server, 'files', async () => {
        const path = '/api/upload/files?filters[name]=x';
        await server.request().get(path).set(headers).expect(500);
      }),
    );
  });
});

it('Strapi’s actions have the messages that the codes are for', () => {
  const plugin = path.dirname(
    createRequire(import.meta.url).resolve('@strapi/plugin-users-permissions/package.json'),
  );
  const source = readFileSync(path.join(plugin, 'dist/server/controllers/auth.js'), 'utf8');

  for (const message of Object.keys(STRAPI_CODES)) expect(source).toContain(`'${message}'`);
});
