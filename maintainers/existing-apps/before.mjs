import assert from 'node:assert/strict';
import { expectStatus, withRunningApp } from './running-app.mjs';

export const PASSWORD = 'correct-horse';
export const ADMIN = { email: 'admin@example.com', password: 'Correct-horse-1' };

/** Users of the app. `grace` and `alan` are logged in when the extension comes, `linus` is not. */
const USERS = ['grace', 'alan', 'linus'];

const NOTES = [
  { title: 'Groceries', text: 'Milk, bread' },
  { title: 'Ideas', text: 'A compiler' },
];

/** Lets a role call actions, as an administrator does in the panel. */
const grant = async (call, token, type, actions) => {
  const { body } = expectStatus(await call('GET', '/users-permissions/roles', { token }));
  const { id } = body.roles.find((role) => role.type === type);
  const path = `/users-permissions/roles/${id}`;
  const { role } = expectStatus(await call('GET', path, { token })).body;
  for (const action of actions) {
    const [plugin, controller, name] = action.split('.');
    role.permissions[plugin].controllers[controller][name].enabled = true;
  }
  expectStatus(await call('PUT', path, { token, body: { ...role, users: [] } }));
};

const logIn = async (call, username) =>
  expectStatus(
    await call('POST', '/api/auth/local', { body: { identifier: username, password: PASSWORD } }),
  );

/**
 * Fills an app, before it has the extension: an administrator, permissions, users, notes of `grace`, and two users who are
 * logged in.
 *
 * @param app its folder
 * @param kind the app, as `apps.mjs` describes it
 * @returns `{ browser, phone, notes }`: the cookies of `grace` as a browser sends them, the refresh token of `alan`, and the
 * response of the app with the notes
 */
export const fillApp = (app, kind) =>
  withRunningApp(app, {}, async ({ call }) => {
    const admin = { firstname: 'Ann', lastname: 'Admin', ...ADMIN };
    const { body } = expectStatus(await call('POST', '/admin/register-admin', { body: admin }));
    for (const [role, actions] of Object.entries(kind.permissions)) {
      await grant(call, body.data.accessToken, role, actions);
    }

    for (const username of USERS) {
      const user = { username, email: `${username}@example.com`, password: PASSWORD };
      expectStatus(await call('POST', '/api/auth/local/register', { body: user }));
    }
    const grace = await logIn(call, 'grace');
    const token = grace.body.jwt;
    for (const data of NOTES) {
      expectStatus(await call('POST', '/api/notes', { token, body: { data } }), 201);
    }
    const me = expectStatus(await call('GET', '/api/users/me', { token }));
    assert.equal(me.body.noteCount, NOTES.length);
    const notes = expectStatus(await call('GET', '/api/notes', { token })).body;
    assert.deepEqual(
      notes.data.map(({ title }) => title),
      NOTES.map(({ title }) => title),
    );
    const alan = await logIn(call, 'alan');
    return {
      browser: grace.cookies.join('; '),
      phone: await kind.refreshTokenOf(alan, call),
      notes,
    };
  });
