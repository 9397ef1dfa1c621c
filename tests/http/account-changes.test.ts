import { beforeAll, describe, expect, it } from 'vitest';
import {
  bearer,
  createUser,
  login,
  refresh,
  storedSessions,
  fetchOwnAccount,
  type ClientTokens,
  type TestUser,
} from '../helpers/users';
import { MISSING_TABLE, withoutSessionTable } from '../helpers/faults';
import { grantToUsers } from '../helpers/permissions';
import { useServer } from '../helpers/suite';

const USER = 'plugin::users-permissions.user';

const server = useServer();
let editor: ClientTokens;

beforeAll(async () => {
  await grantToUsers(server, [
    'plugin::users-permissions.user.update',
    'plugin::users-permissions.user.destroy',
  ]);
  editor = await login(server, await createUser(server));
});

const documentIdOf = async ({ id }: TestUser): Promise<string> =>
  (await server.strapi.db.query(USER).findOne({ where: { id } }))?.documentId as string;

const putUser = (user: TestUser, changes: object) =>
  server.request().put(`/api/users/${user.id}`).set(bearer(editor)).send(changes).expect(200);

const updateDocument = async (user: TestUser, data: object) =>
  server.strapi
    .documents(USER)
    .update({ documentId: await documentIdOf(user), data: data as never });

const contentManager = () => server.strapi.plugin('content-manager').service('document-manager');

type Change = (user: TestUser) => Promise<unknown>;

const blocking: Record<string, Change> = {
  'PUT /users/:id': (user) => putUser(user, { blocked: true }),
  'the Content Manager': async (user) =>
    contentManager().update(await documentIdOf(user), USER, { data: { blocked: true } }),
  'strapi.documents().update': (user) => updateDocument(user, { blocked: true }),
  'strapi.db.query().update': ({ id }) =>
    server.strapi.db.query(USER).update({ where: { id }, data: { blocked: true } }),
  'strapi.db.query().updateMany': ({ email }) =>
    server.strapi.db.query(USER).updateMany({ where: { email }, data: { blocked: true } }),
};

const deleting: Record<string, Change> = {
  'DELETE /users/:id': ({ id }) =>
    server.request().delete(`/api/users/${id}`).set(bearer(editor)).expect(200),
  'the Content Manager': async (user) =>
    contentManager().delete(await documentIdOf(user), USER, {}),
  'strapi.documents().delete': async (user) =>
    server.strapi.documents(USER).delete({ documentId: await documentIdOf(user) }),
  'strapi.db.query().delete': ({ id }) => server.strapi.db.query(USER).delete({ where: { id } }),
  'strapi.db.query().deleteMany': ({ email }) =>
    server.strapi.db.query(USER).deleteMany({ where: { email } }),
};

const changingPassword: Record<string, Change> = {
  'PUT /users/:id': (user) => putUser(user, { password: 'battery-staple' }),
  'the Content Manager': async (user) =>
    contentManager().update(await documentIdOf(user), USER, {
      data: { password: 'battery-staple' },
    }),
  'strapi.documents().update': (user) => updateDocument(user, { password: 'battery-staple' }),
  'strapi.db.query().update': ({ id }) =>
    server.strapi.db.query(USER).update({ where: { id }, data: { password: '$2a$10$other' } }),
  'strapi.db.query().updateMany': ({ email }) =>
    server.strapi.db
      .query(USER)
      .updateMany({ where: { email }, data: { password: '$2a$10$other' } }),
};

const expectEnded = async (session: ClientTokens): Promise<void> => {
  await fetchOwnAccount(server, session).expect(401);
  await refresh(server, session).expect(401);
};

describe.each([
  ['blocking', blocking, 'user-blocked'],
  ['deleting', deleting, 'user-deleted'],
  ['changing the password of', changingPassword, 'password-changed'],
] as const)('%s a user', (_change, ways, reason) => {
  it.each(Object.keys(ways))('through %s ends both tokens of every session', async (way) => {
    const user = await createUser(server);
    const phone = await login(server, user);
    const laptop = await login(server, user);

    await ways[way]?.(user);

    // Before a refresh, which would revoke the session of a deleted user, too.
    expect(await storedSessions(server, user)).toMatchObject([
      { revokedReason: reason },
      { revokedReason: reason },
    ]);
    await expectEnded(phone);
    await expectEnded(laptop);
  });
});

describe('A change whose sessions cannot be revoked', () => {
  it.each<[string, Change]>(
    [blocking, deleting, changingPassword].flatMap((ways) =>
      Object.entries(ways).filter(([way]) => way.startsWith('strapi.')),
    ),
  )('is not made: %s', async (_way, change) => {
    const user = await createUser(server);
    const session = await login(server, user);
    const storedUser = () => server.strapi.db.query(USER).findOne({ where: { id: user.id } });
    const before = await storedUser();

    await withoutSessionTable(server, () => expect(change(user)).rejects.toThrow(MISSING_TABLE));

    expect(await storedUser()).toEqual(before);
    await fetchOwnAccount(server, session).expect(200);
  });
});

describe('adding a locale to a user, where users have translations', () => {
  it('keeps the password and the sessions, and warns', async () => {
    const model = server.strapi.getModel(USER) as { pluginOptions?: object };
    const { pluginOptions } = model;
    const [defaultLocale, ...added] = ['en', 'de', 'fr'];
    for (const code of added) {
      await server.strapi.plugin('i18n').service('locales').create({ code, name: code });
    }
    model.pluginOptions = { ...pluginOptions, i18n: { localized: true } };
    try {
      const user = await createUser(server, { locale: defaultLocale });
      const session = await login(server, user);
      const hashes = async () =>
        (
          await server.strapi.db
            .query(USER)
            .findMany({ where: { documentId: user.documentId }, orderBy: { id: 'asc' } })
        ).map(({ password }: { password: string }) => password);
      const [before] = await hashes();
      const logged = server.log.length;

      // Strapi copies no role to a new locale, and a login finds any of the rows.
      const { role } = await server.strapi.db
        .query(USER)
        .findOne({ where: { id: user.id }, populate: ['role'] });
      for (const locale of added) {
        await server.strapi
          .documents(USER)
          .update({ documentId: user.documentId, locale, data: { role: role.id } as never });
      }

      expect(await hashes()).toEqual([before, before, before]);
      await fetchOwnAccount(server, session).expect(200);
      await login(server, user);
      expect(server.log.slice(logged).join('\n')).toMatch(
        /warn: Strapi hashed the stored password/,
      );
    } finally {
      model.pluginOptions = pluginOptions ?? {};
    }
  });
});

describe('unblocking a user', () => {
  it('does not revive a session', async () => {
    const user = await createUser(server);
    const session = await login(server, user);
    await updateDocument(user, { blocked: true });

    await updateDocument(user, { blocked: false });

    await expectEnded(session);
  });
});

describe('editing the profile of a user', () => {
  it.each<[string, (user: TestUser) => Promise<unknown>]>([
    ['another name', (user) => putUser(user, { username: `renamed-${user.id}` })],
    [
      'the same password again',
      (user) => putUser(user, { username: user.username, password: user.password }),
    ],
    [
      'the stored hash again',
      async ({ id }) => {
        const stored = await server.strapi.db.query(USER).findOne({ where: { id } });
        return server.strapi.db.query(USER).update({
          where: { id },
          data: { password: stored?.password, username: `spread-${id}` },
        });
      },
    ],
    ['blocked: false', (user) => putUser(user, { blocked: false })],
  ])('with %s ends no session', async (_name, edit) => {
    const user = await createUser(server);
    const session = await login(server, user);

    await edit(user);

    await fetchOwnAccount(server, session).expect(200);
    await refresh(server, session).expect(200);
  });
});
