import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { describeOn } from '../helpers/databases';
import { MISSING_TABLE, withoutTable } from '../helpers/faults';
import { useServer } from '../helpers/suite';
import { claimsOf, createUser, login, refreshByBody } from '../helpers/users';

const server = useServer();

const logSince = (from: number): string => server.log.slice(from).join('\n');

describe('The log', () => {
  it.each([
    '/api/auth/email-confirmation?confirmation=',
    '/api/auth/google/callback?access_token=',
    '/api/connect/google?callback=',
  ])('has the path of a request, and not its query: %s', async (path) => {
    const from = server.log.length;
    const secret = randomUUID();

    await server.request().get(`${path}${secret}`);

    expect(logSince(from)).toContain(`GET ${path.split('?')[0]} (`);
    expect(logSince(from)).not.toContain(secret);
  });

  it('has the statement that failed, and not its values', async () => {
    const from = server.log.length;
    const code = randomUUID();
    const body = { code, password: 'correct-horse', passwordConfirmation: 'correct-horse' };

    await server.expectErrors(MISSING_TABLE, () =>
      withoutTable(server, 'up_users', () =>
        server.request().post('/api/auth/reset-password').send(body).expect(500),
      ),
    );

    expect(logSince(from)).toContain('reset_password_token');
    expect(logSince(from)).not.toContain(code);
  });

  it('has nothing of the token and the session of a refresh that failed', async () => {
    const { refreshToken } = await login(server, await createUser(server), {
      'x-strapi-refresh-cookie': 'none',
    });
    const sessionId = String(claimsOf(refreshToken).sessionId);
    const from = server.log.length;

    await server.expectErrors(MISSING_TABLE, () =>
      withoutTable(server, 'up_sessions', () => refreshByBody(server, refreshToken).expect(500)),
    );

    expect(logSince(from)).toContain('up_sessions');
    expect(logSince(from)).not.toMatch(new RegExp(`eyJ|${sessionId}`));
  });
});

describeOn('postgres')('The log of a server with PostgreSQL', () => {
  it('has the constraint that a statement has violated, and not the row', async () => {
    const { username: identifier, password } = await createUser(server);
    const from = server.log.length;
    const alterTable = (change: string) =>
      server.strapi.db.connection.raw(`alter table up_sessions ${change}`);
    await alterTable('add constraint no_sessions check (user_id < 0) not valid');

    await server.expectErrors(/no_sessions/, () =>
      server.request().post('/api/auth/local').send({ identifier, password }).expect(500),
    );

    await alterTable('drop constraint no_sessions');
    expect(logSince(from)).toContain('violates check constraint "no_sessions"');
    expect(logSince(from)).not.toMatch(/Failing row|127\.0\.0\.1/);
  });
});
