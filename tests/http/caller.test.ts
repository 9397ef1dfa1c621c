import type { Core } from '@strapi/strapi';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { compiledCopyWith } from '../helpers/compiled-copy';
import { useServer } from '../helpers/suite';
import { bearer, createUser, fetchOwnAccount, login, type ClientTokens } from '../helpers/users';

const USER = 'plugin::users-permissions.user';

/** Fields of a project, of each kind that a content type can have. */
const OWN_FIELDS = {
  nickName: { type: 'string' },
  about: { type: 'richtext' },
  notes: { type: 'blocks' },
  visits: { type: 'integer' },
  balance: { type: 'biginteger' },
  height: { type: 'decimal' },
  weight: { type: 'float' },
  isMember: { type: 'boolean' },
  born: { type: 'date' },
  wakesAt: { type: 'time' },
  seenAt: { type: 'datetime' },
  stamp: { type: 'timestamp' },
  mood: { type: 'enumeration', enum: ['good', 'bad'] },
  preferences: { type: 'json' },
  pin: { type: 'password' },
  contact: { type: 'email' },
  handle: { type: 'uid' },
  friend: { type: 'relation', relation: 'oneToOne', target: USER },
  colleagues: { type: 'relation', relation: 'manyToMany', target: USER },
  avatar: { type: 'media', multiple: false },
  addresses: { type: 'component', component: 'shared.address', repeatable: true },
};

const server = useServer(
  {},
  compiledCopyWith({
    'src/extensions/users-permissions/strapi-server.js': `
      const { refreshTokens } = require('./refresh-tokens');
      module.exports = (plugin) => {
        strapi.components['shared.address'] = {
          uid: 'shared.address', category: 'shared', modelType: 'component', modelName: 'address',
          globalId: 'ComponentSharedAddress', collectionName: 'components_shared_addresses',
          info: { displayName: 'Address' }, options: {}, attributes: { city: { type: 'string' } },
        };
        const { schema } = plugin.contentTypes.user;
        const attributes = { ...schema.attributes, ...${JSON.stringify(OWN_FIELDS)} };
        // A new object: Strapi's own belongs to all servers of this process.
        plugin.contentTypes = { ...plugin.contentTypes, user: { schema: { ...schema, attributes } } };
        return refreshTokens(plugin);
      };`,
  }),
);

const service = (name: string) => server.strapi.plugin('users-permissions').service(name);

let device: ClientTokens;
let userId: number;
let seen: Record<string, unknown> | undefined;

beforeAll(async () => {
  const user = await createUser(server);
  userId = user.id;
  await server.strapi.documents(USER).update({
    documentId: user.documentId,
    data: {
      nickName: 'Ada, "the first" 🦊',
      about: '',
      notes: [{ type: 'paragraph', children: [{ type: 'text', text: 'hello' }] }],
      visits: -3,
      balance: '9007199254740991',
      height: 1.75,
      weight: 61.5,
      isMember: true,
      born: '1815-12-10',
      wakesAt: '06:30:00.000',
      seenAt: '2026-01-02T03:04:05.678Z',
      stamp: '2026-01-02T03:04:05.678Z',
      mood: 'good',
      preferences: { theme: 'dark', list: [1, null] },
      pin: 'a-second-secret',
      contact: 'ada@example.com',
      friend: user.id,
      addresses: [{ city: 'London' }],
    } as never,
  });
  device = await login(server, user);
  server.strapi.server.app.middleware.unshift(async (ctx, next) => {
    await next();
    seen = ctx.state.user;
  });
});

const callerOfRequest = async () => {
  seen = undefined;
  await fetchOwnAccount(server, device).expect(200);
  return seen as unknown as Record<string, unknown>;
};

/** What the statement of the extension reads, and nothing that a service of Strapi does. */
const isOneStatement = async () => {
  const statements = await server.statements(() => fetchOwnAccount(server, device));
  return statements.some((sql) => /up_sessions.*up_roles/.test(sql));
};

describe('The user of a request', () => {
  it('is what `fetchAuthenticatedUser` returns, field by field and in its order', async () => {
    const expected = await service('user').fetchAuthenticatedUser(userId);

    const user = await callerOfRequest();

    expect(user).toStrictEqual(expected);
    expect(Object.keys(user)).toEqual(Object.keys(expected));
    expect(user).toMatchObject({ balance: '9007199254740991', preferences: { theme: 'dark' } });
    expect(await isOneStatement()).toBe(true);
  });

  // SQLite has one connection: a statement that does not join the transaction would wait for ever.
  it('is found within a transaction', async () => {
    const state = { route: { info: { type: 'content-api' } }, user: undefined };
    const ctx = { state, request: { header: { authorization: bearer(device).Authorization } } };

    await server.strapi.db.transaction(() =>
      server.strapi.get('auth').authenticate(ctx as never, () => Promise.resolve()),
    );

    expect(state.user).toMatchObject({ id: userId, role: { type: 'authenticated' } });
  });
});

describe('A project that has replaced', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('`fetchAuthenticatedUser` returns the user', async () => {
    const own = service('user');
    vi.spyOn(own, 'fetchAuthenticatedUser').mockImplementation(async (id) => ({
      ...(await server.strapi.db.query(USER).findOne({ where: { id }, populate: ['role'] })),
      fromProject: true,
    }));

    expect(await callerOfRequest()).toMatchObject({ id: userId, fromProject: true });
    vi.restoreAllMocks();
    expect(await callerOfRequest()).not.toHaveProperty('fromProject');
  });

  it.each(['findRolePermissions', 'toContentAPIPermission'])(
    '`%s` of the permission service decides',
    async (method) => {
      const nothing = {
        findRolePermissions: () => Promise.resolve([]),
        toContentAPIPermission: () => ({ action: 'none' }),
      };
      const replaced = nothing[method as keyof typeof nothing] as () => never;
      vi.spyOn(service('permission'), method).mockImplementation(replaced);

      await fetchOwnAccount(server, device).expect(403);
      vi.restoreAllMocks();
      await fetchOwnAccount(server, device).expect(200);
    },
  );

  it('`verify` of the jwt service is asked about each token', async () => {
    const verify = vi.spyOn(service('jwt'), 'verify').mockResolvedValue({ id: userId } as never);

    await server.request().get('/api/users/me').set('Authorization', 'Bearer own').expect(200);
    await fetchOwnAccount(server, device).expect(200);

    expect(verify).toHaveBeenCalledTimes(2);
  });
});

describe('A lifecycle hook of a project', () => {
  const withHook = async (hook: object, run: () => Promise<void>): Promise<void> => {
    const remove = (server.strapi as Core.Strapi).db.lifecycles.subscribe({
      models: [USER],
      ...hook,
    } as never);
    try {
      await run();
    } finally {
      remove();
    }
  };

  it('`afterFindOne` can change the user', () =>
    withHook(
      {
        afterFindOne: ({ result }: { result: object }) =>
          void Object.assign(result, { added: true }),
      },
      async () => expect(await callerOfRequest()).toMatchObject({ id: userId, added: true }),
    ));

  it('`beforeFindOne` can change how the user is read', () =>
    withHook(
      {
        beforeFindOne: ({ params }: { params: { populate?: string[] } }) =>
          void (params.populate = ['role', 'addresses']),
      },
      async () =>
        expect(await callerOfRequest()).toMatchObject({
          role: {},
          addresses: [{ city: 'London' }],
        }),
    ));
});

describe('The permissions of a role', () => {
  const action = 'plugin::users-permissions.user.me';

  it('hold from the next request on, also where another instance has changed them', async () => {
    await fetchOwnAccount(server, device).expect(200);
    const permissions = server.strapi.db.connection('up_permissions').where({ action });

    // With SQL, as another instance: this one receives nothing.
    await permissions.clone().update({ action: 'nothing' });
    await fetchOwnAccount(server, device).expect(403);
    await server.strapi.db
      .connection('up_permissions')
      .where({ action: 'nothing' })
      .update({ action });
    await fetchOwnAccount(server, device).expect(200);
  });

  it('do not exist where the role has no rows', async () => {
    const link = () => server.strapi.db.connection('up_permissions_role_lnk');
    const rows = await link().select();
    await link().delete();

    await fetchOwnAccount(server, device).expect(403);

    await link().insert(rows);
    await fetchOwnAccount(server, device).expect(200);
  });
});
