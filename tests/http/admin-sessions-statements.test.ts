import { beforeAll, describe, expect, it } from 'vitest';
import { getSessions, getStatistics, postRevoke, storeSessions } from '../helpers/admin-sessions';
import { createAdmin, type Admin } from '../helpers/admins';
import { createUser, type TestUser } from '../helpers/users';
import { useServer } from '../helpers/suite';

const MINUTE = 60 * 1000;
/** What Strapi reads to know an administrator and what they may do. */
const OF_THE_ADMIN = /strapi_sessions|admin_/;

const server = useServer();
let admin: Admin;
let user: TestUser;

beforeAll(async () => {
  admin = await createAdmin(server);
  user = await createUser(server);
  await storeSessions(server, user.id, [{}, {}]);
});

/** The statements of a call, without those by which Strapi admits the administrator. */
const statementsOf = async (call: () => PromiseLike<unknown>): Promise<string[]> => {
  const statements = await server.statements(async () => void (await call()));
  return statements.filter((sql) => !OF_THE_ADMIN.test(sql));
};

/** The largest filter: a smaller one leaves out conditions of the same statement. */
const filter = () => ({
  ...{ user: user.username, device: 'chrome', address: '203.0.113.7', state: 'live' },
  userId: user.id,
});

describe('The admin API takes', () => {
  it.each<[string, number, () => PromiseLike<unknown>]>([
    ['a list', 1, () => getSessions(server, admin, filter())],
    ['an older page', 1, () => getSessions(server, admin, { older: '1732000000000-1' })],
    ['a dry run', 1, () => postRevoke(server, admin, { filter: filter(), dryRun: true })],
    ['a revocation of less than a batch', 3, () => postRevoke(server, admin, { userId: user.id })],
  ])('for %s, statements: %i', async (_call, count, call) => {
    const statements = await statementsOf(call);
    expect(statements, statements.join('\n')).toHaveLength(count);
  });

  it('three statements for figures, and none within the minute', async () => {
    server.clock.advance(MINUTE);
    const figures = () => getStatistics(server, admin).expect(200);

    expect(await statementsOf(figures)).toHaveLength(3);
    expect(await statementsOf(figures)).toEqual([]);
  });
});
