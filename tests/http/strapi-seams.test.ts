import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Core } from '@strapi/strapi';
import type * as StrapiUtils from '@strapi/utils';
import { describe, expect, it } from 'vitest';
import { refusal } from '../helpers/responses';
import {
  bearer,
  createUser,
  login,
  refresh,
  BODY_TRANSPORT,
  fetchOwnAccount,
} from '../helpers/users';
import { useServer } from '../helpers/suite';

/*
 * Assumptions of the extension about a running Strapi. When one of these tests fails after an upgrade,
 * the row of its title in docs/upgrading.md says what to look at.
 */

const require = createRequire(import.meta.url);
const { buildSessionMetadata, errors } = require('@strapi/utils') as typeof StrapiUtils;

interface Route {
  readonly method: string;
  readonly path: string;
  readonly config?: { readonly middlewares?: readonly string[] };
}

/** The plugin without the extension. */
const plugin = (
  require('@strapi/plugin-users-permissions/strapi-server') as () => {
    readonly routes: { readonly 'content-api': { readonly routes: readonly Route[] } };
    readonly middlewares: Record<string, unknown>;
  }
)();

const USER = 'plugin::users-permissions.user';
const SESSION = 'plugin::users-permissions.session';
const PERMISSION = 'plugin::users-permissions.permission';

const server = useServer();

const documentIdOf = async (id: number): Promise<string> => {
  const user = await server.strapi.db.query(USER).findOne({ where: { id } });
  return user?.documentId ?? '';
};

describe('In Strapi', () => {
  it('the content API routes of the plugin are behind a getter', () => {
    const contentApi = plugin.routes['content-api'];
    expect(contentApi).toBeTypeOf('function');
    const endpoints = contentApi.routes.map(({ method, path }) => `${method} ${path}`);

    // The routes that are replaced. If one is missing, Strapi may have moved it.
    expect(endpoints).toEqual(
      expect.arrayContaining([
        'POST /auth/refresh',
        'POST /auth/logout',
        'GET /auth/sessions',
        'DELETE /auth/sessions/:sessionId',
      ]),
    );
    // The routes with a wrapped action. A new login route needs a wrapper in controllers/login.ts.
    expect(endpoints.filter((endpoint) => /^POST \/auth\/|callback/.test(endpoint)).sort()).toEqual(
      [
        'GET /auth/:provider/callback',
        'POST /auth/change-password',
        'POST /auth/forgot-password',
        'POST /auth/local',
        'POST /auth/local/register',
        'POST /auth/logout',
        'POST /auth/refresh',
        'POST /auth/reset-password',
        'POST /auth/send-email-confirmation',
      ],
    );
  });

  it('the plugin names its rate limit', () => {
    const { routes } = plugin.routes['content-api'];
    const login = routes.find(({ path }) => path === '/auth/local');

    expect(plugin.middlewares.rateLimit).toBeTypeOf('function');
    expect(login?.config?.middlewares).toContain('plugin::users-permissions.rateLimit');
  });

  it('an action that logs a user in responds with `{jwt, user}`', async () => {
    const { accessToken, refreshToken } = await login(
      server,
      await createUser(server),
      BODY_TRANSPORT,
    );

    // An empty token shows that Strapi's response was sent unchanged.
    expect(refreshToken).not.toBe('');
    await fetchOwnAccount(server, { accessToken }).expect(200);
  });

  it('a route with `auth: false` ignores the Authorization header', async () => {
    const before = await login(server, await createUser(server));

    await refresh(server, before).set('Authorization', 'Bearer stale').expect(200);
  });

  it('a route whose handler is a function needs no permission', async () => {
    const session = await login(server, await createUser(server));
    const list = () => server.request().get('/api/auth/sessions');

    await list().set(bearer(session)).expect(200);
    expect((await list()).body).toEqual(refusal(401));
  });

  it('a document middleware sees an update of a user with the plain password', async () => {
    const user = await createUser(server);
    const documentId = await documentIdOf(user.id);
    const session = await login(server, user);

    await server.strapi.documents(USER).update({ documentId, data: { password: user.password } });

    await fetchOwnAccount(server, session).expect(200);
  });

  it('lifecycle hooks run for every kind of change, and keep a state for each', async () => {
    const seen: string[] = [];
    type Event = { params: { where?: object; data?: object }; state: { sawBefore?: boolean } };
    const before = (name: string) => (event: Event) => {
      event.state.sawBefore = true;
      seen.push(`${name} ${Object.keys(event.params).includes('where')}`);
    };
    const after = (name: string) => (event: Event) => {
      seen.push(`${name} ${event.state.sawBefore}`);
    };
    const names = ['Update', 'UpdateMany', 'Delete', 'DeleteMany'];
    const unsubscribe = server.strapi.db.lifecycles.subscribe({
      models: [USER],
      ...Object.fromEntries(
        names.flatMap((name) => [
          [`before${name}`, before(`before${name}`)],
          [`after${name}`, after(`after${name}`)],
        ]),
      ),
    } as Parameters<Core.Strapi['db']['lifecycles']['subscribe']>[0]);
    const users = server.strapi.db.query(USER);
    try {
      for (const many of [false, true]) {
        const { id } = await createUser(server);
        const data = { confirmed: false };
        await (many
          ? users.updateMany({ where: { id }, data })
          : users.update({ where: { id }, data }));
        await (many ? users.deleteMany({ where: { id } }) : users.delete({ where: { id } }));
      }
    } finally {
      (unsubscribe as unknown as () => void)();
    }

    const expected = ['Update', 'Delete', 'UpdateMany', 'DeleteMany'];
    expect(seen).toEqual(expected.flatMap((name) => [`before${name} true`, `after${name} true`]));
  });

  it('queries of a hook join its transaction, and `onCommit` waits for the commit', async () => {
    const user = await createUser(server);
    const session = await login(server, user);
    const { db } = server.strapi;
    const committed: boolean[] = [];

    const rolledBack = db.transaction(async ({ onCommit }) => {
      expect(db.inTransaction()).toBe(true);
      onCommit(() => committed.push(true));
      await db.query(USER).update({ where: { id: user.id }, data: { blocked: true } });
      throw new Error('rolled back');
    });

    await expect(rolledBack).rejects.toThrow('rolled back');
    expect(committed).toEqual([]);
    await fetchOwnAccount(server, session).expect(200);
  });

  it('`updateMany` and `deleteMany` return how many rows they changed', async () => {
    const { id } = await createUser(server);
    await login(server, { ...(await createUser(server)) });
    const sessions = server.strapi.db.query(SESSION);
    const where = { sessionId: randomUUID() };

    expect(await sessions.updateMany({ where, data: { generation: 7 } })).toEqual({ count: 0 });
    expect(await sessions.deleteMany({ where })).toEqual({ count: 0 });
    const users = server.strapi.db.query(USER);
    const changed = await users.updateMany({ where: { id }, data: { confirmed: true } });
    expect(changed).toEqual({ count: 1 });
  });

  it('a connection is knex, and tables and columns are named in snake case', async () => {
    const { db } = server.strapi;
    const columnsOf = async (uid: string) => {
      const table = db.metadata.get(uid).tableName;
      return Object.keys(await db.getConnection(table).columnInfo());
    };

    expect(await columnsOf(SESSION)).toEqual(
      expect.arrayContaining(['session_id', 'user_id', 'absolute_expires_at', 'revoked_at']),
    );
    expect(await columnsOf(USER)).toEqual(
      expect.arrayContaining(['id', 'blocked', 'confirmed', 'password']),
    );
  });

  it('the indexes of a schema exist in the database', async () => {
    const indexes = await server.strapi.db.dialect.schemaInspector.getIndexes('up_sessions');

    expect(indexes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ columns: ['session_id'], type: 'unique' }),
      ]),
    );
  });

  it('permissions are rows with an action and a role', async () => {
    const role = await server.strapi.db
      .query('plugin::users-permissions.role')
      .findOne({ where: { type: 'authenticated' } });
    const rows = await server.strapi.db
      .query(PERMISSION)
      .findMany({ select: ['action'], where: { role: role?.id } });

    expect(rows.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['plugin::users-permissions.auth.changePassword']),
    );
    const { engine } = server.strapi.contentAPI.permissions;
    const action = 'plugin::users-permissions.user.me';
    const ability = await engine.generateAbility([{ action }], {});
    const can = (name: string) =>
      (ability as unknown as { can(action: string): boolean }).can(name);
    expect(can(action)).toBe(true);
    expect(can('plugin::users-permissions.user.find')).toBe(false);
  });

  it('the store of the plugin says whether e-mails have to be confirmed', async () => {
    const store = server.strapi.store({ type: 'plugin', name: 'users-permissions' });

    expect(await store.get({ key: 'advanced' })).toMatchObject({ email_confirmation: false });
  });

  it('cron jobs have names', () => {
    const names = server.strapi.cron.jobs.map(({ name }) => name);

    expect(names).toEqual(expect.arrayContaining(['purgeSessions', 'synchroniseClock']));
  });

  it('webhooks can subscribe to our events', () => {
    const { allowedEvents } = server.strapi.get('webhookStore');

    expect([...allowedEvents.values()]).toEqual(
      expect.arrayContaining([
        'session.revoked',
        'session.reuse-detected',
        'session.repeated-elsewhere',
      ]),
    );
  });

  it('the runner of webhooks sends with `run` and its own `fetch`', async () => {
    const runner = server.strapi.get('webhookRunner');
    expect(runner).toMatchObject({ webhooksMap: expect.any(Map) });
    const sent: unknown[] = [];
    const fetch = async (...request: unknown[]) => {
      sent.push(request);
      return new Response(null, { status: 204 });
    };
    const [url, info] = ['https://hooks.example.com/', { createdAt: 'then', a: 1 }];
    const webhook = {
      url,
      headers: { 'X-Key': 'k' },
      events: [],
      id: '1',
      name: '',
      isEnabled: true,
    };

    const result = await runner.run.call(
      Object.assign(Object.create(runner), { fetch }),
      webhook,
      'seams.probe',
      info,
    );

    expect(result).toEqual({ statusCode: 204 });
    expect(sent).toEqual([
      [
        url,
        {
          method: 'post',
          headers: {
            'X-Key': 'k',
            'X-Strapi-Event': 'seams.probe',
            'Content-Type': 'application/json',
          },
          body: '{"event":"seams.probe","createdAt":"then","a":1}',
          signal: expect.any(AbortSignal),
        },
      ],
    ]);
  });

  it('the event hub passes an event to its listeners', async () => {
    const received: unknown[] = [];
    const listener = async (event: unknown) => void received.push(event);
    server.strapi.eventHub.on('seams.probe', listener);
    try {
      await server.strapi.eventHub.emit('seams.probe', { a: 1 });
    } finally {
      server.strapi.eventHub.off('seams.probe', listener);
    }

    expect(received).toEqual([{ a: 1 }]);
  });

  it('permissions of administrators can be registered', () => {
    const { actionProvider } = server.strapi.service('admin::permission');

    expect(actionProvider.has('plugin::users-permissions.sessions.read')).toBe(true);
  });

  it('the query builder converts the row that its query returns', async () => {
    const row = { id: 7, document_id: 'abc', blocked: 1, created_at: '2026-01-02T03:04:05.000Z' };
    const builder = server.strapi.db.queryBuilder(USER).select('*');

    const user = await Object.assign(builder, {
      getKnexQuery: () => Promise.resolve({ ...row, unknown: 1 }),
    }).execute();

    expect(user).toEqual({
      id: 7,
      documentId: 'abc',
      blocked: true,
      createdAt: '2026-01-02T03:04:05.000Z',
    });
  });

  it('an ability depends on the actions alone', async () => {
    const { engine } = server.strapi.contentAPI.permissions;
    const [action, other] = [
      'plugin::users-permissions.user.me',
      'plugin::users-permissions.user.find',
    ];
    const before = await engine.generateAbility([{ action }] as never);
    const after = await engine.generateAbility([{ action }] as never);

    for (const ability of [before, after] as unknown as { can(name: string): boolean }[]) {
      expect([ability.can(action), ability.can(other)]).toEqual([true, false]);
    }
    expect((after as { rules: unknown }).rules).toEqual((before as { rules: unknown }).rules);
  });

  it.each([
    ['broken JSON', 400, { 'Content-Type': 'application/json' }, '{'],
    [
      'broken gzip',
      400,
      { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' },
      'no gzip',
    ],
    ['a body of 3 MB', 413, { 'Content-Type': 'application/json' }, `"${'a'.repeat(3_000_000)}"`],
  ])(
    'the body parser passes its errors to `onError`: %s',
    async (_name, status, headers: Record<string, string>, body) => {
      const response = await server.request().post('/api/auth/local').set(headers).send(body);

      expect(response.body).toEqual(refusal(status));
    },
  );

  it('CORS calls a function for the allowed origins', async () => {
    const originFor = async (origin: string) =>
      (await server.request().get('/api/users/me').set('Origin', origin)).headers[
        'access-control-allow-origin'
      ];

    expect(await originFor('http://localhost:3000')).toBe('http://localhost:3000');
    expect(await originFor('https://evil.example')).toBeUndefined();
  });

  it('`@strapi/utils` names devices, and has errors that become responses', () => {
    const userAgent =
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

    expect(buildSessionMetadata({ userAgent })).toMatchObject({ deviceName: expect.any(String) });
    expect(new errors.ApplicationError('refused')).toBeInstanceOf(Error);
    expect(new errors.RateLimitError()).toMatchObject({ name: 'RateLimitError' });
  });
});
