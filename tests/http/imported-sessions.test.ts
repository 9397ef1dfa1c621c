import { describe, expect, it } from 'vitest';
import { createAdmin, SESSIONS_READ } from '../helpers/admins';
import { getSessions } from '../helpers/admin-sessions';
import { INVALID_REFRESH_TOKEN, refusal } from '../helpers/responses';
import {
  bearer,
  claimsOf,
  createUser,
  login,
  refresh,
  storedSessions,
  fetchOwnAccount,
  type ClientTokens,
} from '../helpers/users';
import { useServer } from '../helpers/suite';

const server = useServer();

const service = () => server.strapi.plugin('users-permissions').service('session');

/**
 * Creates a user with two sessions, one of which is like an imported one: Strapi gives users new ids at
 * an import, so that a session can have the id of another user.
 */
const createImportedSession = async () => {
  const owner = await createUser(server);
  const own = await login(server, owner);
  const imported = await login(server, owner);
  const sessionId = String(claimsOf(imported.refreshToken).sessionId);
  await server.strapi.db
    .connection('up_sessions')
    .where({ session_id: sessionId })
    .update({ user_document_id: 'of-another-user' });
  return { owner, own, imported, sessionId };
};

const endOf = async ({ id }: { id: number }, sessionId: string) =>
  (await storedSessions(server, { id })).find((row) => row.sessionId === sessionId)?.revokedReason;

const asUser = ({ accessToken }: ClientTokens) => bearer({ accessToken });

describe('An imported session whose user id belongs to another user', () => {
  it('opens no account: its tokens are refused like those of an unknown session', async () => {
    const { imported, sessionId } = await createImportedSession();
    const logged = server.log.length;

    const response = await refresh(server, imported);

    expect(response.status).toBe(401);
    expect(response.body).toEqual(INVALID_REFRESH_TOKEN);
    await fetchOwnAccount(server, imported).expect(401);
    const { jwt } = server.strapi.plugin('users-permissions').services as {
      jwt: { verify(token: string): Promise<unknown> };
    };
    await expect(jwt.verify(imported.accessToken)).rejects.toMatchObject({
      reason: 'unknown-session',
    });
    expect(server.log.slice(logged).join()).toContain(`unknown-session (session ${sessionId})`);
  });

  it('ends no session at a logout, not even with scope all', async () => {
    const { owner, own, imported, sessionId } = await createImportedSession();

    for (const headers of [{ Cookie: imported.cookie }, asUser(imported)]) {
      const request = server.request().post('/api/auth/logout').set(headers);
      await request.send({ scope: 'all' }).expect(200);
    }

    expect(await endOf(owner, sessionId)).toBeNull();
    await fetchOwnAccount(server, own).expect(200);
  });

  it('is neither shown to the user with that id nor ended by them', async () => {
    const { owner, own, sessionId } = await createImportedSession();

    const { body } = await server.request().get('/api/auth/sessions').set(asUser(own));
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual([
      claimsOf(own.refreshToken).sessionId,
    ]);
    const ended = await server.request().delete(`/api/auth/sessions/${sessionId}`).set(asUser(own));
    expect(ended.body).toEqual(refusal(404, 'Session not found'));
    const others = await server.request().delete('/api/auth/sessions').set(asUser(own));
    expect(others.body).toEqual({ data: { revoked: 0 } });
    expect(await service().revokeAll([owner.id], 'revoked-by-admin')).toBe(1);
    expect(await endOf(owner, sessionId)).toBeNull();
  });

  it('is not revoked when the user with that id is blocked or deleted', async () => {
    const { owner, sessionId } = await createImportedSession();
    const users = server.strapi.documents('plugin::users-permissions.user');

    await users.update({ documentId: owner.documentId, data: { blocked: true } });
    expect(await endOf(owner, sessionId)).toBeNull();
    await users.delete({ documentId: owner.documentId });
    expect(await endOf(owner, sessionId)).toBeNull();
  });

  it('does not count for the limit of sessions', async () => {
    const { owner } = await createImportedSession();
    await server.strapi.db
      .connection('up_sessions')
      .where({ user_id: owner.id })
      .update({ user_document_id: 'of-another-user' });

    for (let count = 0; count < 20; count += 1) await service().start(owner.id, {});

    const rows = await storedSessions(server, owner);
    expect(rows.filter(({ revokedReason }) => revokedReason !== null)).toEqual([]);
  });

  it('is listed to administrators without a user, and not among the sessions of that user', async () => {
    const { owner, own, sessionId } = await createImportedSession();
    const admin = await createAdmin(server, [SESSIONS_READ]);

    const { body: everybody } = await getSessions(server, admin, { pageSize: 100 });
    expect(everybody.results.find(({ id }: { id: string }) => id === sessionId)).toMatchObject({
      user: null,
    });
    const own$ = { id: claimsOf(own.refreshToken).sessionId, user: { id: owner.id } };
    for (const filter of [
      { userId: owner.id },
      { userId: owner.documentId },
      { user: owner.username },
      { userId: owner.id, user: owner.username },
    ]) {
      const { body } = await getSessions(server, admin, filter);
      expect(body.results, JSON.stringify(filter)).toMatchObject([own$]);
    }
  });

  it('is deleted by the purge', async () => {
    const { owner, own, sessionId } = await createImportedSession();

    await service().purge();

    const left = (await storedSessions(server, owner)).map((row) => row.sessionId);
    expect(left).toEqual([claimsOf(own.refreshToken).sessionId]);
    expect(left).not.toContain(sessionId);
  });
});
