#!/usr/bin/env node
/** Brings the extension into apps that have users and code of their own: see HELP. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseOptions } from '../../scripts/parse-options.mjs';
import { freePort, isHealthyWithin } from '../helpers/local-server.mjs';

const HELP = `Usage: npm run existing-apps -- [--app typescript|javascript]… [--keep-folder]

Without --app, both, one after the other:
  typescript  in Strapi's refresh mode
  javascript  with the code of the tutorial

Makes the app with create-strapi-app, adds code of its own from this folder (a route, an action "me", a lifecycle that
blocks users), logs a user in, runs npm run add-to, installs, builds and starts it. Checks that the user is still logged
in and that a second use of that token is found out; logins, refreshes and logouts; the code of the app; that a
second run changes nothing; and an update with a file that the app has changed.

  --keep-folder  does not delete the temporary folder
  --help         prints this text`;

const root = fileURLToPath(new URL('../..', import.meta.url));
const EXTENSION = 'src/extensions/users-permissions/refresh-tokens';
const CREDENTIALS = { identifier: 'ann@example.com', password: 'A-password-of-Ann-1' };
const HEALTH_TIMEOUT = 180_000;

/** No variable of this process that configures Strapi is passed on. */
const environment = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  ...(process.env.NODE_EXTRA_CA_CERTS && {
    NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS,
  }),
  CI: 'true',
  STRAPI_TELEMETRY_DISABLED: 'true',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
};

const logStep = (message) => console.log(`\n--- ${message}`);

const run = (folder, command, ...args) =>
  execFileSync(command, args, {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
  });

const commit = (folder, message) => {
  run(folder, 'git', 'add', '-A');
  run(folder, 'git', 'commit', '-q', '--allow-empty', '-m', message);
};

/** Runs the command of a starter. Returns its exit code and its output. */
const addTo = (starter, app, ...options) => {
  const script = path.join(starter, 'scripts', 'add-to', 'add-to.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, app, ...options], {
    env: environment,
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
};

const expectDone = ({ status, output }) => assert.equal(status, 0, output);

/** Runs a function with `call(method, path, options)` against the started app. */
const withServer = async (app, use) => {
  const port = await freePort();
  const strapi = path.join('node_modules', '@strapi', 'strapi', 'bin', 'strapi.js');
  const server = spawn('node', [strapi, 'start'], {
    cwd: app,
    env: { ...environment, NODE_ENV: 'production', PORT: String(port) },
  });
  let log = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (data) => (log += data));
  const exited = once(server, 'exit');
  try {
    assert.ok(await isHealthyWithin(port, server, HEALTH_TIMEOUT), 'the server did not start');
    await use(async (method, address, { body, token, cookie, headers } = {}) => {
      const response = await fetch(`http://127.0.0.1:${port}/api${address}`, {
        method,
        headers: {
          ...(body && { 'Content-Type': 'application/json' }),
          ...(token && { Authorization: `Bearer ${token}` }),
          ...(cookie && { Cookie: cookie }),
          ...headers,
        },
        body: body && JSON.stringify(body),
      });
      const text = await response.text();
      const cookies = response.headers.getSetCookie().map((line) => line.split(';')[0]);
      return { status: response.status, cookies, body: text && JSON.parse(text) };
    });
    server.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null], 'the server did not end by itself');
  } catch (error) {
    throw new Error(`${error.message}\n${log}`, { cause: error });
  } finally {
    server.kill('SIGKILL');
  }
};

const setVariables = (app, variables) =>
  appendFileSync(
    path.join(app, '.env'),
    Object.entries(variables)
      .map(([name, value]) => `\n${name}=${value}`)
      .join(''),
  );

const createApp = (parent, language) => {
  const app = path.join(parent, 'my-app');
  const creator = path.join(root, 'maintainers', 'node_modules', '.bin', 'create-strapi-app');
  const choices = ['--skip-cloud', '--no-git-init', '--no-install', '--no-example', '--no-run'];
  const database = ['--use-npm', '--dbclient', 'sqlite', '--non-interactive'];
  run(parent, creator, 'my-app', `--${language}`, ...choices, ...database);
  cpSync(fileURLToPath(new URL(language, import.meta.url)), app, { recursive: true });
  // create-strapi-app leaves the name of the database empty.
  const env = path.join(app, '.env');
  writeFileSync(
    env,
    readFileSync(env, 'utf8').replace(/^DATABASE_FILENAME=.*$/m, 'DATABASE_FILENAME=.tmp/data.db'),
  );
  mkdirSync(path.join(app, '.tmp'), { recursive: true });
  if (language === 'javascript') {
    setVariables(app, {
      REFRESH_SECRET: 'a-secret-of-the-app-with-enough-characters-7',
      REFRESH_TOKEN_EXPIRES: '2d',
      JWT_SECRET_EXPIRES: '360s',
    });
    run(
      app,
      'npm',
      'pkg',
      'set',
      'dependencies.jsonwebtoken=9.0.3',
      'dependencies.@strapi/utils=5.54.0',
    );
  }
  run(app, 'npm', 'install', '--no-audit', '--no-fund');
  run(app, 'git', 'init', '-q');
  commit(app, 'An app');
  return app;
};

const nameOf = (cookie) => cookie.split('=')[0];

/** Registers a user and logs in. Returns the cookie with the refresh token. */
const logInBefore = async (app) => {
  let cookie;
  await withServer(app, async (call) => {
    const user = { username: 'ann', email: CREDENTIALS.identifier, password: CREDENTIALS.password };
    assert.equal((await call('POST', '/auth/local/register', { body: user })).status, 200);
    const login = await call('POST', '/auth/local', {
      body: CREDENTIALS,
      // What a proxy with TLS says: without it Strapi sets no secure cookie.
      headers: { 'X-Forwarded-Proto': 'https' },
    });
    assert.equal(login.status, 200);
    cookie = login.cookies.find((one) => /^(refreshToken|strapi_up_refresh)$/.test(nameOf(one)));
    assert.ok(cookie, 'the login has set no cookie');
  });
  return cookie;
};

const checkApp = (app, cookie) =>
  withServer(app, async (call) => {
    logStep('a user who was logged in is still logged in, once');
    const exchanged = await call('POST', '/token/refresh', { cookie });
    assert.equal(exchanged.status, 200, JSON.stringify(exchanged.body));
    const [, earlier] = cookie.split('=');
    const me = await call('GET', '/users/me', { token: exchanged.body.jwt });
    assert.equal(me.body.greeting, 'Hello ann');
    const [newCookie] = exchanged.cookies;
    assert.equal((await call('POST', '/token/refresh', { cookie: newCookie })).status, 200);
    const stolen = await call('POST', '/token/refresh', { body: { refreshToken: earlier } });
    assert.equal(stolen.status, 401);
    assert.equal((await call('GET', '/users/me', { token: exchanged.body.jwt })).status, 401);

    logStep('login, list, refresh, logout');
    const login = await call('POST', '/auth/local', { body: CREDENTIALS });
    assert.equal(login.status, 200);
    const { jwt: token } = login.body;
    const sessions = await call('GET', '/auth/sessions', { token });
    assert.equal(sessions.body.data.length, 1);
    assert.equal((await call('POST', '/auth/logout', { token })).status, 200);
    assert.equal((await call('GET', '/users/me', { token })).status, 401);

    logStep('the lifecycle of the app blocks a user, which ends the sessions');
    const again = (await call('POST', '/auth/local', { body: CREDENTIALS })).body.jwt;
    const spam = { token: again, body: { username: 'spam' } };
    assert.equal((await call('POST', '/auth/rename', spam)).status, 200);
    assert.equal((await call('GET', '/users/me', { token: again })).status, 401);
  });

/** A copy of the starter that looks like its next version. */
const nextVersion = (parent) => {
  const starter = path.join(parent, 'next');
  run(parent, 'git', 'clone', '-q', root, starter);
  execFileSync('cp', ['-al', path.join(root, 'node_modules'), starter]);
  const change = (file, replace) => {
    const target = path.join(starter, file);
    writeFileSync(target, replace(readFileSync(target, 'utf8')));
  };
  change('package.json', (text) => text.replace(/"version": "[^"]+"/, '"version": "99.0.0"'));
  change('CHANGELOG.md', (text) => text.replace(/^## /m, '## 99.0.0\n\n- A new version.\n\n## '));
  change(`${EXTENSION}/routes.ts`, (text) => `${text}\nexport const NEXT_VERSION = true;\n`);
  return starter;
};

const checkUpdate = (parent, app, extension) => {
  const file = path.join(app, EXTENSION, `routes.${extension}`);
  writeFileSync(file, `// A line of the app.\n${readFileSync(file, 'utf8')}`);
  commit(app, 'A change of the extension');

  const { status, output } = addTo(nextVersion(parent), app, '--yes', '--update');
  assert.equal(status, 0, output);
  assert.match(output, /A new version\./);
  const merged = readFileSync(file, 'utf8');
  assert.match(merged, /^\/\/ A line of the app\./);
  assert.match(merged, /NEXT_VERSION = true/);
};

const checkLanguage = async (parent, language) => {
  logStep(`${language}: create-strapi-app`);
  const app = createApp(parent, language);
  run(app, 'npm', 'run', 'build');
  logStep('a user logs in');
  const cookie = await logInBefore(app);

  logStep('npm run add-to');
  expectDone(addTo(root, app, '--dry-run'));
  assert.equal(execFileSync('git', ['status', '--porcelain'], { cwd: app, encoding: 'utf8' }), '');
  expectDone(addTo(root, app, '--yes'));
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  setVariables(app, { ADOPT_SESSIONS_UNTIL: tomorrow, REFRESH_TOKEN_LEEWAY: '0s' });
  run(app, 'npm', 'install', '--no-audit', '--no-fund');
  run(app, 'npm', 'run', 'build');
  await checkApp(app, cookie);

  logStep('a second run, and an update');
  commit(app, 'Sessions');
  assert.match(addTo(root, app, '--yes').output, /Nothing to change/);
  checkUpdate(parent, app, language === 'typescript' ? 'ts' : 'js');
};

const LANGUAGES = ['typescript', 'javascript'];
const values = parseOptions(HELP, {
  app: { type: 'string', multiple: true, default: LANGUAGES },
  'keep-folder': { type: 'boolean' },
});
const unknown = values.app.filter((app) => !LANGUAGES.includes(app));
if (unknown.length > 0) {
  console.error(`--app accepts ${LANGUAGES.join(', ')}, not ${unknown.join(', ')}`);
  process.exit(2);
}

for (const language of values.app) {
  const parent = mkdtempSync(path.join(tmpdir(), `existing-${language}-`));
  try {
    await checkLanguage(parent, language);
    logStep(`${language}: passed`);
  } finally {
    if (!values['keep-folder']) rmSync(parent, { recursive: true, force: true });
    else logStep(parent);
  }
}
