import { describe, expect, it } from 'vitest';
import { getSessions, getStatistics, postRevoke } from '../helpers/admin-sessions';
import { createAdmin, SESSIONS_READ, SESSIONS_REVOKE, type Admin } from '../helpers/admins';
import { refusal } from '../helpers/responses';
import { bearer, createUser, login, fetchOwnAccount } from '../helpers/users';
import { useServer } from '../helpers/suite';

const server = useServer();

type Call = (caller: Pick<Admin, 'headers'>) => ReturnType<typeof getSessions>;

const reading: [string, Call][] = [
  ['the list', (caller) => getSessions(server, caller)],
  ['the figures', (caller) => getStatistics(server, caller)],
];
const revoking: [string, Call][] = [
  ['a revocation', (caller) => postRevoke(server, caller, { userId: 2147483647 })],
  ['how many it would end', (caller) => postRevoke(server, caller, { filter: {}, dryRun: true })],
];

const expectStatuses = async (
  calls: [string, Call][],
  caller: Pick<Admin, 'headers'>,
  status: number,
) => {
  for (const [what, call] of calls) {
    const { body, status: answered } = await call(caller);
    expect(answered, what).toBe(status);
    if (status !== 200) expect(body).toEqual(refusal(status));
  }
};

describe('The admin API', () => {
  it('is open to a super admin', async () => {
    await expectStatuses([...reading, ...revoking], await createAdmin(server), 200);
  });

  it('shows, and no more, to a role that may read', async () => {
    const reader = await createAdmin(server, [SESSIONS_READ]);
    await expectStatuses(reading, reader, 200);
    await expectStatuses(revoking, reader, 403);
  });

  it('revokes for a role that may read and revoke', async () => {
    const revoker = await createAdmin(server, [SESSIONS_READ, SESSIONS_REVOKE]);
    await expectStatuses([...reading, ...revoking], revoker, 200);
  });

  it('is closed to a role that may revoke but not read, which could count by name', async () => {
    const prober = await createAdmin(server, [SESSIONS_REVOKE]);
    await expectStatuses([...reading, ...revoking], prober, 403);
  });

  it('is closed to a role that may do other things', async () => {
    const other = await createAdmin(server, ['plugin::users-permissions.roles.read']);
    await expectStatuses([...reading, ...revoking], other, 403);
  });

  it('is closed to whoever is not logged in as an administrator', async () => {
    const user = await createUser(server);
    const session = await login(server, user);

    const nobodies = [{}, { Authorization: 'Bearer x' }, bearer(session)];
    for (const headers of nobodies as Admin['headers'][]) {
      await expectStatuses([...reading, ...revoking], { headers }, 401);
    }

    await fetchOwnAccount(server, session).expect(200);
  });

  it('has its permissions in the form of a role', async () => {
    const { body } = await server
      .request()
      .get('/admin/permissions')
      .set((await createAdmin(server)).headers)
      .expect(200);

    const shown = body.data.sections.plugins.filter(
      ({ plugin, subCategory }: Record<string, string>) =>
        plugin === 'users-permissions' && subCategory === 'sessions',
    );
    expect(shown).toEqual([
      expect.objectContaining({ action: SESSIONS_READ, displayName: 'Read' }),
      expect.objectContaining({ action: SESSIONS_REVOKE, displayName: 'Revoke' }),
    ]);
  });
});
