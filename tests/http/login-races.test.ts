import { AsyncResource } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { createUser, storedSessions, type TestUser } from '../helpers/users';
import { useServer } from '../helpers/suite';

const USER = 'plugin::users-permissions.user';

const server = useServer();

const users = () => server.strapi.db.query(USER);
const documents = () => server.strapi.documents(USER);

/** Changes that end a login, each by the query engine and by the Document Service. */
const changes: [string, (user: TestUser, otherHash: string) => Promise<unknown>][] = [
  [
    'the password changes',
    ({ id }, password) => users().update({ where: { id }, data: { password } }),
  ],
  ['the user is blocked', ({ id }) => users().update({ where: { id }, data: { blocked: true } })],
  ['the user is deleted', ({ id }) => users().delete({ where: { id } })],
  [
    'the user is blocked through its document',
    ({ documentId }) => documents().update({ documentId, data: { blocked: true } }),
  ],
  [
    'the user is deleted through its document',
    ({ documentId }) => documents().delete({ documentId }),
  ],
];

/** More statements than a login has. */
const STATEMENTS = 20;

/** Outside of any transaction and request context of the login. */
const outside = new AsyncResource('another request');

/**
 * Logs in, and makes a change while the login sends its statement of this number.
 *
 * @returns the status of the login; null when it has fewer statements
 */
const logInDuring = async (
  { username, password }: TestUser,
  statement: number,
  change: () => Promise<unknown>,
): Promise<number | null> => {
  const { connection } = server.strapi.db;
  let count = 0;
  let made: Promise<unknown> | undefined;
  const onQuery = (): void => {
    count += 1;
    if (count === statement) made = outside.runInAsyncScope(change);
  };
  connection.on('query', onQuery);
  const { status } = await server
    .request()
    .post('/api/auth/local')
    .send({ identifier: username, password });
  connection.removeListener('query', onQuery);
  await made;
  return made ? status : null;
};

describe('A login during which', () => {
  it.each(changes)(
    '%s leaves no live session',
    async (_name, change) => {
      const other = await createUser(server, { password: 'another-horse' });
      const { password: otherHash } = await users().findOne({ where: { id: other.id } });
      const survived: string[] = [];
      let tried = 0;

      for (let statement = 1; statement <= STATEMENTS; statement += 1) {
        const user = await createUser(server);
        const status = await logInDuring(user, statement, () => change(user, otherHash));
        if (status === null) break;
        tried += 1;
        expect(status).toBeLessThan(500);
        const live = (await storedSessions(server, user)).filter(
          ({ revokedAt }) => revokedAt === null,
        );
        if (live.length > 0) survived.push(`statement ${statement}`);
      }

      expect(tried).toBeGreaterThan(2);
      expect(survived).toEqual([]);
    },
    60_000,
  );
});
