import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SESSION } from '../../src/extensions/users-permissions/refresh-tokens/store/session-table';
import { createStatementRunner } from '../../src/extensions/users-permissions/refresh-tokens/store/prepared-statements';
import { createSessionStore } from '../../src/extensions/users-permissions/refresh-tokens/store/sql-session-store';
import { testDatabase } from '../helpers/databases';
import { createUser } from '../helpers/users';
import { describeSessionStore } from '../helpers/session-store-contract';
import { useServer } from '../helpers/suite';

const server = useServer();

const throwWarning = (message: string): void => {
  throw new Error(`Warned: ${message}`);
};

const store = () =>
  createSessionStore(server.strapi.db, createStatementRunner(server.strapi.db, throwWarning));

describeSessionStore({
  canReturn: testDatabase !== 'mysql',
  store,
  now: () => server.clock.now(),
  createAccount: ({ hasRole, ...flags }) =>
    createUser(server, hasRole ? flags : { ...flags, role: null }),
  // No account ever has this id.
  createDeletedAccount: () => Promise.resolve({ id: 0, documentId: 'nobody' }),
  insertRow: (session) => server.strapi.db.query(SESSION).create({ data: { ...session } }),
});

describe('insert with the hash of a password', () => {
  const storeSession = async (passwordHash: string) => {
    const { id, documentId } = await createUser(server);
    const at = server.clock.now();
    await server.strapi.db
      .connection('up_users')
      .where({ id })
      .update({ password: 'the-stored-hash' });
    return store().insert(
      {
        sessionId: randomBytes(16).toString('base64url'),
        userId: id,
        userDocumentId: documentId,
        generation: 0,
        rotatedAt: at,
        expiresAt: at + 1000,
        retryKeyHash: null,
        remembered: true,
        impersonatedBy: null,
        absoluteExpiresAt: at + 1000,
        loginAt: at,
        deviceName: null,
        userAgent: null,
        ipAddress: null,
        revokedAt: null,
        revokedReason: null,
      },
      passwordHash,
    );
  };

  it('stores a session while that hash is the stored one', async () => {
    expect(await storeSession('the-stored-hash')).toBe(true);
  });

  it('stores nothing when another hash is stored', async () => {
    expect(await storeSession('an-older-hash')).toBe(false);
  });
});
