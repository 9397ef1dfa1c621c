import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import dotenv from 'dotenv';
import omit from 'lodash/omit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectRoot } from '../helpers/paths';

const EXTENSION = 'src/extensions/users-permissions';
const BROUGHT = `${EXTENSION}/refresh-tokens`;
const EARLIER_SECRET = 'Xw0Zb6cUj2nq8uYvPz5d1A==';

const STOCK_TYPESCRIPT: Record<string, string> = {
  'package.json': '{\n  "name": "my-app",\n  "dependencies": { "@strapi/strapi": "5.54.0" }\n}\n',
  'tsconfig.json':
    '{\n  "compilerOptions": {\n    // Theirs.\n    "lib": ["ES2020"],\n    "strict": true\n  }\n}\n',
  '.env': `JWT_SECRET=${EARLIER_SECRET}\nAPP_KEYS=3q8Hc5XrT0yKz1mN7vBd9w==,uE4jW2sLp6aYf8oRg3iQtA==\nADMIN_JWT_SECRET=kD7mVx2Rz9sLq4wTb1nYcA==\nAPI_TOKEN_SALT=pZ3nQe8Wv5rXu1yTm6kJbg==\nTRANSFER_TOKEN_SALT=cH9tLs4Vb2xNq7wRy5mKzQ==\nENCRYPTION_KEY=fG6jPd1Sw8vBn3cXz0qTrA==\n`,
  '.env.example': 'JWT_SECRET=tobemodified\n',
  'config/middlewares.ts': `const config = ['strapi::logger', 'strapi::cors', 'strapi::body'];\n\nexport default config;\n`,
  'config/server.ts': `export default ({ env }) => ({\n  host: env('HOST', '0.0.0.0'),\n  proxy: { koa: env.bool('BEHIND_PROXY', true), global: 'http://out:3128' },\n});\n`,
  'config/plugins.ts': `export default ({ env }) => ({
  'users-permissions': {
    config: {
      jwtManagement: 'refresh',
      // Theirs.
      register: { allowedFields: ['nickname'] },
      sessions: { accessTokenLifespan: 5 * 60, maxRefreshTokenLifespan: env.int('LONGEST', 7200) },
    },
  },
  upload: { config: { sizeLimit: 1000 } },
});
`,
};

const TUTORIAL = `const jwt = require('jsonwebtoken');
const _ = require('lodash');

const issueRefreshToken = (payload) => jwt.sign(payload, process.env.REFRESH_SECRET);
const greeting = (user) => _.capitalize(user.username);

module.exports = (plugin) => {
  const original = plugin.controllers.auth;
  plugin.controllers.auth = ({ strapi }) => ({
    ...original({ strapi }),
    async callback(ctx) {
      ctx.cookies.set('refreshToken', issueRefreshToken({}));
    },
    async refreshToken(ctx) {
      ctx.body = {};
    },
  });
  plugin.routes['content-api'].routes.push({
    method: 'POST',
    path: '/token/refresh',
    handler: 'auth.refreshToken',
    config: { prefix: '' },
  });
  plugin.controllers.user.me = async (ctx) => {
    ctx.body = greeting(ctx.state.user);
  };
  return plugin;
};
`;

let app: string;
beforeEach(() => {
  app = mkdtempSync(path.join(tmpdir(), 'add-to-'));
});
afterEach(() => rmSync(app, { recursive: true }));

const read = (file: string): string => readFileSync(path.join(app, file), 'utf8');

const write = (files: Record<string, string>): void => {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(app, file)), { recursive: true });
    writeFileSync(path.join(app, file), text);
  }
};

const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args], {
    cwd: app,
    encoding: 'utf8',
  });

const commit = (): void => {
  git('add', '--all');
  git('commit', '--quiet', '--allow-empty', '--message', 'A state');
};

const createApp = (files: Record<string, string>): void => {
  write(files);
  git('init', '--quiet');
  commit();
};

/** Runs the command on the app. `output` is what it says on both channels. */
const addTo = (...options: string[]) => {
  const script = path.join(projectRoot, 'scripts/add-to/add-to.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, app, ...options], {
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
};

describe('npm run add-to, with a TypeScript app in the refresh mode of Strapi', () => {
  beforeEach(() => createApp(STOCK_TYPESCRIPT));

  it('changes what is needed, keeps the rest, and finds nothing to do afterwards', () => {
    expect(addTo('--yes')).toMatchObject({ status: 0 });

    const plugins = read('config/plugins.ts');
    expect(plugins).toMatch(
      /'users-permissions': usersPermissions\(\{\s+\/\/ Theirs\.\s+register: \{ allowedFields: \['nickname'\] \},\s+\}\)/,
    );
    expect(plugins).toContain('upload: { config: { sizeLimit: 1000 } }');
    expect(read('config/middlewares.ts')).toContain("= withRefreshTokens(['strapi::logger'");
    expect(read('config/server.ts')).toMatch(
      /proxy: \{\s*global: 'http:\/\/out:3128', \.\.\.proxySettings\(\) \}/,
    );
    expect(read('tsconfig.json')).toContain('// Theirs.\n    "lib": ["ES2022", "ES2024.String"]');
    expect(read(`${BROUGHT}/index.ts`)).toBe(
      readFileSync(path.join(projectRoot, BROUGHT, 'index.ts'), 'utf8'),
    );
    expect(read('src/admin/app.tsx')).toContain('registerSessions(app)');
    expect(JSON.parse(read('package.json'))).toMatchObject({
      dependencies: { '@strapi/utils': '5.54.0', jsonwebtoken: expect.any(String) },
      devDependencies: { '@types/koa': expect.any(String) },
      overrides: { yup: expect.any(String) },
    });

    commit();
    expect(addTo('--yes')).toMatchObject({
      status: 0,
      output: expect.stringContaining('Nothing to change'),
    });
    expect(git('status', '--porcelain')).toBe('');
  });

  it('carries the settings over, and replaces a secret that is too weak', () => {
    const { output } = addTo('--yes');

    const environment = dotenv.parse(read('.env'));
    expect(environment).toMatchObject({
      JWT_SECRET: expect.stringMatching(/^[\w-]{43}$/),
      REFRESH_SECRET: expect.stringMatching(/^[\w-]{43}$/),
      ADOPT_JWT_SECRET: EARLIER_SECRET,
      ADMIN_JWT_SECRET: 'kD7mVx2Rz9sLq4wTb1nYcA==',
      JWT_SECRET_EXPIRES: '300s',
      // Strapi's default of 14 days would outlive the session.
      REFRESH_TOKEN_EXPIRES: '7200s',
      SESSION_EXPIRES: '7200s',
      REFRESH_TOKEN_TRANSPORT: 'body',
      IS_PROXIED: 'true',
    });
    for (const name of ['JWT_SECRET', 'REFRESH_SECRET', 'ADOPT_JWT_SECRET']) {
      expect(output).not.toContain(environment[name]);
    }
    expect(read('.env.example')).toContain('REFRESH_SECRET=tobemodified');
  });

  it('--dry-run shows the changes without a secret, and makes none', () => {
    const { status, output } = addTo('--dry-run');

    expect(status).toBe(0);
    expect(output).toContain("+  'users-permissions': usersPermissions({");
    expect(output).not.toContain(EARLIER_SECRET);
    expect(git('status', '--porcelain')).toBe('');
  });

  it('--no-admin leaves the admin panel as it is', () => {
    expect(addTo('--yes', '--no-admin').status).toBe(0);

    expect(existsSync(path.join(app, 'src/admin'))).toBe(false);
    expect(read('package.json')).not.toContain('recharts');
  });

  it('calls an own extension before ours, and keeps it as it is', () => {
    const own = 'export default (plugin: any) => plugin;\n';
    write({ [`${EXTENSION}/strapi-server.ts`]: own });
    commit();

    expect(addTo('--yes').status).toBe(0);

    expect(read(`${EXTENSION}/own-extension.ts`)).toBe(own);
    expect(read(`${EXTENSION}/strapi-server.ts`)).toMatch(/refreshTokens\(await \(ownExtension/);
  });

  it('says what to do by hand where a file cannot be read, and exits with 1', () => {
    write({ 'config/plugins.ts': 'export default make();\n' });
    commit();

    const { status, output } = addTo('--yes');

    expect(status).toBe(1);
    expect(output).toMatch(/by hand:\s+config\/plugins\.ts[^]*usersPermissions\(\)/);
    expect(read('config/plugins.ts')).toBe('export default make();\n');
    expect(read('config/middlewares.ts')).toContain('withRefreshTokens(');
  });

  it.each([
    ['uncommitted changes', { 'config/api.ts': 'export default {};\n' }, [], /uncommitted changes/],
    [
      'an older Strapi',
      { 'package.json': '{ "dependencies": { "@strapi/strapi": "5.20.0" } }' },
      ['--dry-run'],
      /Strapi 5\.20\.0; tested were/,
    ],
    ['another project', { 'package.json': '{}' }, [], /is no Strapi app/],
  ])('refuses %s with 2, and changes nothing', (_, files, options, reason) => {
    write(files);
    const before = git('status', '--porcelain');

    expect(addTo('--yes', ...options)).toMatchObject({
      status: 2,
      output: expect.stringMatching(reason),
    });
    expect(git('status', '--porcelain')).toBe(before);
  });

  it('asks for --yes where there is no terminal', () => {
    expect(addTo()).toMatchObject({ status: 2, output: expect.stringContaining('--yes') });
  });
});

describe('npm run add-to, with a JavaScript app that has the code of the tutorial', () => {
  it('brings compiled files with types, and keeps the own code without that of the tutorial', () => {
    createApp({
      ...omit(
        STOCK_TYPESCRIPT,
        'tsconfig.json',
        'config/plugins.ts',
        'config/middlewares.ts',
        'config/server.ts',
      ),
      'config/middlewares.js': "module.exports = ['strapi::logger'];\n",
      'config/server.js': "module.exports = ({ env }) => ({ host: env('HOST') });\n",
      [`${EXTENSION}/strapi-server.js`]: TUTORIAL,
    });

    expect(addTo('--yes')).toMatchObject({ status: 0 });

    const own = read(`${EXTENSION}/own-extension.js`);
    expect(own).toContain('greeting(ctx.state.user)');
    expect(own).toContain("require('lodash')");
    expect(own).not.toMatch(/refreshToken|jsonwebtoken|token\/refresh|original/i);
    expect(read('config/plugins.js')).toContain("'users-permissions': usersPermissions()");
    expect(read('config/server.js')).toContain('proxy: proxySettings()');
    expect(read(`${BROUGHT}/index.js`)).toContain('lists all that is added');
    expect(read(`${BROUGHT}/index.d.ts`)).toContain('export declare const refreshTokens');
    expect(read('src/admin/app.js')).not.toContain('StrapiApp');
    expect(existsSync(path.join(app, 'src/admin/sessions/sessions-page.jsx'))).toBe(true);
    for (const file of [
      'config/plugins.js',
      `${BROUGHT}/compose.js`,
      `${EXTENSION}/own-extension.js`,
    ]) {
      execFileSync(process.execPath, ['--check', path.join(app, file)]);
    }
    expect(read('package.json')).not.toContain('@types/');
  }, 240_000);
});

describe('npm run add-to -- --update', () => {
  const file = (name: string) => `${BROUGHT}/${name}`;
  const blob = (text: string) => {
    write({ '.text': text });
    const hash = git('hash-object', '.text').trim();
    rmSync(path.join(app, '.text'));
    return hash;
  };

  /** Makes the app look as an earlier version has left it, and returns the current texts. */
  const goBack = (earlier: Record<string, (text: string) => string>) => {
    const manifest = JSON.parse(read(file('added.json')));
    const current = Object.fromEntries(
      Object.keys(earlier).map((name) => [name, read(file(name))]),
    );
    for (const [name, change] of Object.entries(earlier)) {
      const text = change(current[name] ?? '');
      write({ [file(name)]: text });
      manifest.files[file(name)] = blob(text);
    }
    manifest.version = '0.9.0';
    write({ [file('added.json')]: JSON.stringify(manifest) });
    commit();
    return current;
  };
  const appendTo = (name: string, text: string) => write({ [file(name)]: read(file(name)) + text });

  beforeEach(() => {
    createApp(STOCK_TYPESCRIPT);
    addTo('--yes', '--no-admin');
  });

  it('replaces what is unchanged, merges what was changed, and keeps away what was deleted', () => {
    const current = goBack({
      'routes.ts': (text) => `${text}// Earlier.\n`,
      'compose.ts': (text) => `// Earlier.\n${text}`,
      'core/judge.ts': (text) => text,
    });
    appendTo('compose.ts', '// Yours.\n');
    rmSync(path.join(app, file('core/judge.ts')));
    commit();
    expect(addTo('--yes', '--no-admin')).toMatchObject({
      status: 2,
      output: expect.stringContaining('--update'),
    });

    const { status, output } = addTo('--yes', '--no-admin', '--update');

    expect(status).toBe(0);
    expect(read(file('routes.ts'))).toBe(current['routes.ts']);
    expect(read(file('compose.ts'))).toBe(`${current['compose.ts']}// Yours.\n`);
    expect(existsSync(path.join(app, file('core/judge.ts')))).toBe(false);
    expect(output).toContain('What has changed since 0.9.0');
    expect(output).toContain('## 1.0.0');
    commit();
    // Still without the admin pages, as at the first run.
    expect(addTo('--yes', '--update').output).toContain('Nothing to change');
  });

  it('merges a file again that an earlier update has merged', () => {
    const next = goBack({ 'compose.ts': (text) => `// Earliest.\n${text}` });
    appendTo('compose.ts', '// Yours.\n');
    commit();
    expect(addTo('--yes', '--update').status).toBe(0);
    commit();
    const manifest = JSON.parse(read(file('added.json')));
    expect(Object.keys(manifest.texts)).toEqual([file('compose.ts')]);

    // As if that had been the version before: git has never had this text alone.
    const earlier = `// Earlier.\n${next['compose.ts']}`;
    manifest.files[file('compose.ts')] = blob(earlier);
    manifest.texts[file('compose.ts')] = earlier;
    write({
      [file('added.json')]: JSON.stringify(manifest),
      [file('compose.ts')]: `${earlier}// Yours.\n`,
    });
    commit();

    expect(addTo('--yes', '--update').status).toBe(0);

    expect(read(file('compose.ts'))).toBe(`${next['compose.ts']}// Yours.\n`);
  });

  it('leaves a file whose same lines were changed, shows both sides, and exits with 1 until it is solved', () => {
    goBack({ 'routes.ts': (text) => `${text}// Earlier.\n` });
    write({ [file('routes.ts')]: read(file('routes.ts')).replace('// Earlier.', '// Yours.') });
    commit();

    const { status, output } = addTo('--yes', '--no-admin', '--update');

    expect(status).toBe(1);
    expect(output).toMatch(/<<<<<<< yours\s+\/\/ Yours\./);
    expect(read(file('routes.ts'))).toContain('// Yours.');
    commit();
    expect(addTo('--yes', '--no-admin', '--update').status).toBe(1);
    commit();

    appendTo('routes.ts', '// Solved.\n');
    commit();
    expect(addTo('--yes', '--no-admin', '--update').status).toBe(0);
    commit();
    expect(addTo('--yes', '--no-admin', '--update').output).toContain('Nothing to change');
    expect(read(file('routes.ts'))).toContain('// Yours.\n// Solved.\n');
  });

  it('removes a file that is no longer part of it', () => {
    const manifest = JSON.parse(read(file('added.json')));
    write({ [file('gone.ts')]: 'export {};\n' });
    manifest.files[file('gone.ts')] = blob('export {};\n');
    write({ [file('added.json')]: JSON.stringify(manifest) });
    commit();

    expect(addTo('--yes', '--no-admin', '--update').status).toBe(0);

    expect(existsSync(path.join(app, file('gone.ts')))).toBe(false);
  });
});
