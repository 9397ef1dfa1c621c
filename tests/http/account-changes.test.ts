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

const putUser = (person: TestUser, changes: object) =>
  server.request().put(`/api/users/${person.id}`).set(bearer(editor)).send(changes).expect(200);

const updateDocument = async (person: TestUser, data: object) =>
  server.strapi
    .documents(USER)
    .update({ documentId: await documentIdOf(person), data: data as never });

const contentManager = () => server.strapi.plugin('content-manager').service('document-manager');

type Change = (person: TestUser) => Promise<unknown>;

const blocking: Record<string, Change> = {
  'PUT /users/:id': (person) => putUser(person, { blocked: true }),
  'the Content Manager': async (person) =>
    contentManager().update(await documentIdOf(person), USER, { data: { blocked: true } }),
  'strapi.documents().update': (person) => updateDocument(person, { blocked: true }),
  'strapi.db.query().update': ({ id }) =>
    server.strapi.db.query(USER).update({ where: { id }, data: { blocked: true } }),
  'strapi.db.query().updateMany': ({ email }) =>
    server.strapi.db.query(USER).updateMany({ where: { email }, data: { blocked: true } }),
};

const deleting: Record<string, Change> = {
  'DELETE /users/:id': ({ id }) =>
    server.request().delete(`/api/users/${id}`).set(bearer(editor)).expect(200),
  'the Content Manager': async (person) =>
    contentManager().delete(await documentIdOf(person), USER, {}),
  'strapi.documents().delete': async (person) =>
    server.strapi.documents(USER).delete({ documentId: await documentIdOf(person) }),
  'strapi.db.query().delete': ({ id }) => server.strapi.db.query(USER).delete({ where: { id } }),
  'strapi.db.query().deleteMany': ({ email }) =>
    server.strapi.db.query(USER).deleteMany({ where: { email } }),
};

const changingPassword: Record<string, Change> = {
  'PUT /users/:id': (person) => putUser(person, { password: 'battery-staple' }),
  'the Content Manager': async (person) =>
    contentManager().update(await documentIdOf(person), USER, {
      data: { password: 'battery-staple' },
    }),
  'strapi.documents().update': (person) => updateDocument(person, { password: 'battery-staple' }),
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
    const person = await createUser(server);
    const phone = await login(server, person);
    const laptop = await login(server, person);

    await ways[way]?.(person);

    await expectEnded(phone);
    await expectEnded(laptop);
    expect(await storedSessions(server, person)).toMatchObject([
      { revokedReason: reason },
      { revokedReason: reason },
    ]);
  });
});

describe('what ends nothing', () => {
  it('unblocking revives no session', async () => {
    const person = await createUser(server);
    const session = await login(server, person);
    await updateDocument(person, { blocked: true });

    await updateDocument(person, { blocked: false });

    await expectEnded(session);
  });

  it.each<[string, (person: TestUser) => Promise<unknown>]>([
    ['another name', (person) => putUser(person, { username: `renamed-${person.id}` })],
    [
      'the same password again',
      (person) => putUser(person, { username: person.username, password: person.password }),
    ],
    [
      'the stored hash again',
      async ({ id }) => {
        const user = await server.strapi.db.query(USER).findOne({ where: { id } });
        return server.strapi.db
          .query(USER)
          .update({ where: { id }, data: { password: user?.password, username: `spread-${id}` } });
      },
    ],
    ['blocked: false', (person) => putUser(person, { blocked: false })],
  ])('a profile edit with %s', async (_name, edit) => {
    const person = await createUser(server);
    const session = await login(server, person);

    await edit(person);

    await fetchOwnAccount(server, session).expect(200);
    await refresh(server, session).expect(200);
  });
});
