import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { logStep } from '../helpers/commands.mjs';
import { comparable, openShell, readWalk } from '../helpers/walk.mjs';
import { ADMIN, PASSWORD } from './before.mjs';
import { expectStatus, withRunningApp } from './running-app.mjs';

const CLIENT = 'https://app.example.com';

/** In seconds. */
const LEEWAY = 2;
const AFTER_LEEWAY = LEEWAY + 1;

const DAY = 24 * 60 * 60 * 1000;

/** What an administrator sets with the move, for any app. */
export const settingsOfMove = () => ({
  ADOPT_SESSIONS_UNTIL: new Date(Date.now() + 30 * DAY).toISOString().slice(0, 10),
  REFRESH_TOKEN_LEEWAY: `${LEEWAY}s`,
  CLIENT_ORIGINS: CLIENT,
});

const expectInvalidToken = ({ status, body }) => {
  assert.equal(status, 401, JSON.stringify(body));
  assert.equal(body.error.details.code, 'invalid-refresh-token');
};

const expectNoAccess = async (call, token) =>
  expectStatus(await call('GET', '/api/users/me', { token }), 401);

const refreshByCookie = (call, cookie) =>
  call('POST', '/api/token/refresh', { cookie, origin: CLIENT });

const refreshByBody = (call, refreshToken) =>
  call('POST', '/api/token/refresh', { body: { refreshToken } });

const checkBrowser = async (call, { browser, notes }, { cookieName }) => {
  const { body, cookies } = expectStatus(await refreshByCookie(call, browser));
  const cookie = cookies.find((pair) => pair.startsWith(`${cookieName}=`));
  assert.ok(cookie, `no cookie ${cookieName}: ${cookies}`);
  const me = expectStatus(await call('GET', '/api/users/me', { token: body.jwt })).body;
  assert.equal(me.username, 'grace');
  assert.equal(me.noteCount, notes.data.length);
  assert.deepEqual((await call('GET', '/api/notes', { token: body.jwt })).body, notes);
  return { cookie, token: body.jwt };
};

const checkStolenToken = async (call, phone) => {
  const first = expectStatus(await refreshByBody(call, phone)).body;
  expectStatus(await call('GET', '/api/users/me', { token: first.jwt }));
  await pause(AFTER_LEEWAY * 1000);
  expectInvalidToken(await refreshByBody(call, phone));
  expectInvalidToken(await refreshByBody(call, first.refreshToken));
  await expectNoAccess(call, first.jwt);
};

const checkOwnCode = async (call, { useOwnRoute, getBlocked }) => {
  const body = { identifier: 'linus', password: PASSWORD };
  const login = expectStatus(await call('POST', '/api/auth/local', { body, origin: CLIENT }));
  const { jwt: token } = login.body;
  await useOwnRoute(call, token);
  await getBlocked(call, token);
  await expectNoAccess(call, token);
  expectInvalidToken(await refreshByCookie(call, login.cookies.join('; ')));
  expectStatus(await call('POST', '/api/auth/local', { body }), 400);
};

/** Follows docs/walk.md. The own `me` of the app adds a field, and its refresh cookie may have another name. */
const checkWalk = async (port, folder, { cookieName }) => {
  const shell = openShell(folder);
  try {
    for (const { commands, output = { language: 'text', text: '' } } of readWalk()) {
      const adapted = commands
        .replace('http://localhost:1337', `http://127.0.0.1:${port}`)
        .replace('"refreshToken"', `"${cookieName}"`)
        .replace(/^sleep \d+$/m, `sleep ${AFTER_LEEWAY}`);
      const actual = (await shell.run(adapted)).replace(/,"noteCount":0/, '');
      assert.deepEqual(
        comparable(actual, output.language),
        comparable(output.text, output.language),
        `${commands}\n${actual}`,
      );
    }
  } finally {
    shell.close();
  }
};

/**
 * Checks an app that has got the extension, in production.
 *
 * @param app its folder
 * @param kind the app, as `apps.mjs` describes it
 * @param earlier what `fillApp` has returned
 * @returns the refresh cookie of `grace`, whose session goes on
 */
export const checkApp = (app, kind, earlier) =>
  withRunningApp(app, { NODE_ENV: 'production' }, async ({ port, call, log }) => {
    assert.match(log(), /Earlier refresh tokens are exchanged until/);

    logStep('a browser that was logged in is still logged in, and sees its content');
    const browser = await checkBrowser(call, earlier, kind);
    logStep('a phone that was logged in is still logged in, until its earlier token is replayed');
    await checkStolenToken(call, earlier.phone);
    logStep('the code of the app: its route, its "me", its lifecycle that blocks users');
    await checkOwnCode(call, kind);
    logStep('docs/walk.md');
    await checkWalk(port, app, kind);
    logStep('the others are still logged in, and so can the administrator');
    expectStatus(await call('GET', '/api/users/me', { token: browser.token }));
    expectStatus(await call('POST', '/admin/login', { body: ADMIN }));
    return browser.cookie;
  });

/**
 * Checks that the code of an update runs, and that a session goes on.
 *
 * @param cookie what {@link checkApp} has returned
 * @param announcement what only the updated code logs at boot
 */
export const checkUpdatedApp = (app, cookie, announcement) =>
  withRunningApp(app, { NODE_ENV: 'production' }, async ({ call, log }) => {
    assert.ok(log().includes(announcement), 'the code of the update does not run');
    const { jwt: token } = expectStatus(await refreshByCookie(call, cookie)).body;
    expectStatus(await call('GET', '/api/users/me', { token }));
  });
