import supertest from 'supertest';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { compiledCopyWith } from '../helpers/compiled-copy';
import { newDatabase } from '../helpers/databases';
import { testEnvironment } from '../helpers/environment';
import {
  createBuiltProject,
  spawnStrapi,
  startStrapi,
  type RunningStrapi,
  type StrapiProcess,
} from '../helpers/process';
import { cookiesSetBy, freshRefreshCookie } from '../helpers/responses';
import type { TestServer } from '../helpers/server';
import {
  bearer,
  claimsOf,
  fetchOwnAccount,
  PASSWORD,
  refresh,
  tokensFrom,
  type ClientTokens,
} from '../helpers/users';

const EXTENSION = 'src/extensions/users-permissions/strapi-server.js';

/** Changes the plugin in all ways that Strapi takes, before ours, after ours and at boot. */
const changed = compiledCopyWith({
  [EXTENSION]: `
      const { refreshTokens } = require('./refresh-tokens');
      const hello = (ctx) => { ctx.body = { hello: true }; };
      const route = (path, handler, config) =>
        ({ method: 'GET', path, handler, config: { prefix: '', auth: false, ...config } });
      class Guard {
        #answer;
        constructor(answer) { this.#answer = answer; }
        answer() { return this.#answer; }
      }

      module.exports = (plugin) => {
        // Objects, where Strapi has functions.
        const actions = plugin.controllers.auth({ strapi: global.strapi });
        plugin.controllers.auth = {
          ...actions,
          hello,
          // Returns its response, with a field of its own.
          async callback(ctx) {
            const { id } = await global.strapi.db
              .query('plugin::users-permissions.user')
              .findOne({ where: { username: ctx.request.body.identifier } });
            const jwt = global.strapi.plugin('users-permissions').service('jwt').issue({ id });
            return { jwt, user: { id }, from: 'before' };
          },
        };
        plugin.services.jwt = plugin.services.jwt({ strapi: global.strapi });
        const { user } = plugin.services;
        plugin.services.user = (context) => {
          const service = user(context);
          const fetchAuthenticatedUser = async (id) =>
            ({ ...(await service.fetchAuthenticatedUser(id)), username: 'as fetched' });
          return { ...service, fetchAuthenticatedUser };
        };

        plugin.policies = { ...plugin.policies, own: (ctx, { ask, guard }) => ask() && guard.answer() };
        const policies = (answer) =>
          [{ name: 'plugin::users-permissions.own', config: { ask: () => true, guard: new Guard(answer) } }];
        const { routes } = plugin.routes['content-api'];
        plugin.routes['content-api'] = {
          type: 'content-api',
          routes: [
            ...routes,
            route('/hello', 'auth.hello'),
            route('/who', (ctx) => ({ username: ctx.state.user?.username }), { auth: undefined }),
            route('/guarded', hello, { policies: policies(false) }),
            route('/open', hello, {
              policies: policies(true),
              middlewares: [async (ctx, next) => { await next(); ctx.set('x-own', 'yes'); }],
            }),
          ],
        };

        const extended = refreshTokens(plugin);

        const { auth } = extended.controllers;
        extended.controllers.auth = (context) => {
          const { callback, ...others } = auth(context);
          return {
            ...others,
            async callback(ctx) {
              await callback(ctx);
              ctx.body.after = 'ours';
            },
          };
        };
        return extended;
      };`,
  'src/index.js': `
      const hello = (ctx) => { ctx.body = { hello: true }; };
      const route = (path) =>
        ({ method: 'GET', path, handler: hello, config: { prefix: '', auth: false } });
      module.exports = {
        register({ strapi }) {
          const contentApi = strapi.plugin('users-permissions').routes['content-api'];
          contentApi.routes.push(route('/pushed'));
          contentApi.routes.unshift(route('/inserted'));
          contentApi.routes = contentApi.routes.map((one) => one.path !== '/auth/local' ? one : {
            ...one,
            config: {
              ...one.config,
              middlewares: [
                ...(one.config.middlewares ?? []),
                async (ctx, next) => { await next(); ctx.set('x-mapped', 'yes'); },
              ],
            },
          });
        },
      };`,
});

/** In a process of its own: the objects of Strapi's plugin that the code changes exist once in a process. */
let running: RunningStrapi;
const server = { request: () => supertest(running.url) } as Pick<TestServer, 'request' | 'strapi'>;
beforeAll(async () => {
  const environment = testEnvironment(await newDatabase());
  running = await startStrapi(environment, createBuiltProject(changed.distDir));
});
afterAll(() => running.stop());

const account = { username: 'ada', email: 'ada@example.com', password: PASSWORD };
let user: { id: number };
let device: ClientTokens;
beforeAll(async () => {
  const response = await server.request().post('/api/auth/local/register').send(account);
  device = tokensFrom(response);
  user = response.body.user;
});

const get = (path: string) => server.request().get(path);

describe('Other code that extends the plugin', () => {
  it.each(['/api/hello', '/api/open', '/api/pushed', '/api/inserted'])(
    'adds the route %s',
    async (path) => {
      expect((await get(path).expect(200)).body).toEqual({ hello: true });
    },
  );

  it('has functions and objects in the config of its routes', async () => {
    await get('/api/guarded').expect(403);
    expect((await get('/api/open')).headers['x-own']).toBe('yes');
  });

  it('replaces a service that each authenticated request asks', async () => {
    const response = await get('/api/who').set(bearer(device)).expect(200);

    expect(response.body).toEqual({ username: 'as fetched' });
  });

  it('wraps the login before and after ours, and the response is a session', async () => {
    const response = await server
      .request()
      .post('/api/auth/local')
      .send({ identifier: account.username, password: account.password })
      .expect(200);

    expect(response.body).toMatchObject({ user: { id: user.id }, from: 'before', after: 'ours' });
    expect(response.headers['x-mapped']).toBe('yes');
    expect(cookiesSetBy(response)).toEqual(freshRefreshCookie(172_800));
    const tokens = tokensFrom(response);
    expect(claimsOf(tokens.accessToken)).toHaveProperty('sessionId');
    await fetchOwnAccount(server, tokens).expect(200);
    await refresh(server, tokens).expect(200);
  });
});

describe('The boot stops', () => {
  let strapi: StrapiProcess | undefined;
  afterEach(() => strapi?.stop());

  const cases = [
    [
      'when an action is set on a factory before ours',
      `plugin.controllers.auth.callback = () => {}; return refreshTokens(plugin);`,
      'plugin.controllers.auth is a function, on which Strapi ignores "callback"',
    ],
    [
      'when a method is set on a factory after ours',
      `const extended = refreshTokens(plugin); extended.services.jwt.issue = () => ''; return extended;`,
      'plugin.services.jwt is a function, on which Strapi ignores "issue"',
    ],
    [
      'when the actions of the controller are lost',
      `const extended = refreshTokens(plugin); extended.controllers.auth = { callback() {} }; return extended;`,
      'replaced by one without refresh, logout, getSessions, revokeSession, revokeOtherSessions',
    ],
    [
      'when a policy is a function',
      `plugin.routes['content-api'].routes.push({ method: 'GET', path: '/own', handler: () => ({}), config: { policies: [() => true] } }); return refreshTokens(plugin);`,
      'GET /own has a function as a policy',
    ],
  ].map(([name, code, sentence]) => {
    const copy = compiledCopyWith({
      [EXTENSION]: `const { refreshTokens } = require('./refresh-tokens');
        module.exports = (plugin) => { ${code} };`,
    });
    return { name, sentence, ...copy };
  });

  it.each(cases)('$name', async ({ sentence, distDir }) => {
    strapi = spawnStrapi(testEnvironment(await newDatabase()), createBuiltProject(distDir));

    expect(await strapi.exited).toBe(1);
    expect(strapi.output()).toContain(sentence);
  });
});
