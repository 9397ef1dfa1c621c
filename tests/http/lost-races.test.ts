import once from 'lodash/once';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { postRevoke } from '../helpers/admin-sessions';
import { createAdmin } from '../helpers/admins';
import {
  describeOn,
  newDatabase,
  setDefaultIsolation,
  testDatabase,
  type DatabaseVariables,
} from '../helpers/databases';
import { testEnvironment } from '../helpers/environment';
import { holdLocks, type LockHolder } from '../helpers/lock-holder';
import { startServer, type TestServer } from '../helpers/server';
import { insertSessionRows, sessionRow } from '../helpers/session-rows';
import { stopWithoutErrors } from '../helpers/suite';
import {
  bearer,
  claimsOf,
  createUser,
  login,
  refresh,
  storedSessions,
  type ClientTokens,
} from '../helpers/users';

const DAY = 24 * 60 * 60 * 1000;

/** The isolation levels at which PostgreSQL fails a statement that has waited for a change of its row. */
const LEVELS = ['repeatable read', 'serializable'] as const;

/** How long a statement waits for a lock. The defaults are 5 seconds on SQLite and 50 on MariaDB. */
const SHORT_TIMEOUT: Readonly<Record<string, string>> = {
  sqlite: 'pragma busy_timeout = 100',
  mysql: 'set session innodb_lock_wait_timeout = 1',
};

let database: DatabaseVariables;
let server: TestServer;

const connection = () => server.strapi.db.connection;

const start = async (level?: (typeof LEVELS)[number]): Promise<void> => {
  database = await newDatabase();
  if (level) await setDefaultIsolation(database, level);
  // One connection, so that the timeout holds for every statement.
  const pool = { DATABASE_POOL_MIN: '1', DATABASE_POOL_MAX: '1' };
  server = await startServer({ ...testEnvironment(database), ...pool });
  const statement = SHORT_TIMEOUT[testDatabase];
  if (statement !== undefined) await connection().raw(statement);
};

const isWaiting = async (holder: LockHolder): Promise<boolean> => {
  const [row] = await holder.run(
    `select count(*) as waiting from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return Number(row?.waiting) > 0;
};

/**
 * Sends a request one of whose statements meets the lock of another connection, which commits as soon as
 * that statement waits (PostgreSQL, which then fails it) or has failed (the others).
 *
 * @param statement changes the row that both want
 */
const loseRace = async <Result>(
  statement: string,
  send: () => PromiseLike<Result>,
): Promise<Result> => {
  const holder = await holdLocks(database);
  await holder.run(statement);
  const commit = once(() => holder.commit());
  let failures = 0;
  const onFailure = (): void => {
    failures += 1;
    void commit();
  };
  connection().on('query-error', onFailure);
  try {
    const commitWhileItWaits = async (): Promise<void> => {
      if (testDatabase !== 'postgres') return;
      await vi.waitUntil(() => isWaiting(holder), { timeout: 10_000, interval: 10 });
      await commit();
    };
    const [result] = await Promise.all([send(), commitWhileItWaits()]);
    return result;
  } finally {
    await commit();
    connection().removeListener('query-error', onFailure);
    expect(failures, 'statements that have lost the race').toBe(1);
  }
};

const logInNewUser = async () => {
  const user = await createUser(server);
  return { user, session: await login(server, user) };
};

const sessionIdOf = ({ accessToken }: ClientTokens) => String(claimsOf(accessToken).sessionId);

/** Changes the row of a session, and nothing that counts. */
const touch = (session: ClientTokens): string =>
  `update up_sessions set device_name = 'other' where session_id = '${sessionIdOf(session)}'`;

const reasonsOf = async (user: { id: number }) =>
  (await storedSessions(server, user)).map(({ revokedReason }) => revokedReason);

const defineTests = (): void => {
  it('a refresh succeeds', async () => {
    const { user, session } = await logInNewUser();

    await loseRace(touch(session), () => refresh(server, session).expect(200));

    expect(await storedSessions(server, user)).toMatchObject([{ generation: 1 }]);
  });

  it('a refresh is judged again: another one was first', async () => {
    const { user, session } = await logInNewUser();
    const rotation = `update up_sessions set generation = 1, rotated_at = ${server.clock.now()}
      where session_id = '${sessionIdOf(session)}'`;

    await loseRace(rotation, () => refresh(server, session).expect(200));

    expect(await storedSessions(server, user)).toMatchObject([
      { generation: 1, revokedReason: null },
    ]);
  });

  it('a logout ends the session', async () => {
    const { user, session } = await logInNewUser();

    await loseRace(touch(session), () =>
      server.request().post('/api/auth/logout').set('Cookie', session.cookie).expect(200),
    );

    expect(await reasonsOf(user)).toEqual(['logout']);
  });

  it('the end of all sessions of a user ends them', async () => {
    const { user, session } = await logInNewUser();
    await login(server, user);
    const { revokeAll } = server.strapi.plugin('users-permissions').service('session');

    await loseRace(touch(session), async () =>
      expect(await revokeAll([user.id], 'logout-all')).toBe(2),
    );

    expect(await reasonsOf(user)).toEqual(['logout-all', 'logout-all']);
  });

  it('inside an open transaction the error comes through', async () => {
    const { user, session } = await logInNewUser();
    const { revokeAll } = server.strapi.plugin('users-permissions').service('session');

    await loseRace(touch(session), () =>
      expect(
        server.strapi.db.transaction(() => revokeAll([user.id], 'logout-all')),
      ).rejects.toHaveProperty('code'),
    );

    expect(await reasonsOf(user)).toEqual([null]);
  });

  it('a login succeeds', async () => {
    const user = await createUser(server);

    await loseRace(`update up_users set provider = 'other' where id = ${user.id}`, () =>
      login(server, user),
    );

    expect(await reasonsOf(user)).toEqual([null]);
  });

  it('a login is judged again: the user has been blocked', async () => {
    const user = await createUser(server);

    await loseRace(`update up_users set blocked = true where id = ${user.id}`, () =>
      server
        .request()
        .post('/api/auth/local')
        .send({ identifier: user.username, password: user.password })
        .expect(400),
    );

    expect(await reasonsOf(user)).toEqual([]);
  });

  it('a login ends the session that the browser had', async () => {
    const { user, session } = await logInNewUser();

    // On SQLite any write meets the lock: already the insertion.
    await loseRace(touch(session), () => login(server, user, { Cookie: session.cookie }));

    expect(await reasonsOf(user)).toEqual(['replaced', null]);
  });

  it('a revocation by an administrator ends the session', async () => {
    const { user, session } = await logInNewUser();
    const admin = await createAdmin(server);

    await loseRace(touch(session), async () => {
      const { body } = await postRevoke(server, admin, { filter: { userId: user.id } }).expect(200);
      expect(body).toMatchObject({ data: { revoked: 1 } });
    });

    expect(await reasonsOf(user)).toEqual(['revoked-by-admin']);
  });

  it('the purge deletes what has ended', async () => {
    const user = await createUser(server);
    const now = server.clock.now();
    const ended = sessionRow(now, { user_id: user.id, expires_at: now - 2 * DAY });
    await insertSessionRows(server, [ended]);

    await loseRace(
      `update up_sessions set device_name = 'other' where session_id = '${ended.session_id}'`,
      () => server.strapi.plugin('users-permissions').service('session').purge(),
    );

    expect(await storedSessions(server, user)).toEqual([]);
  });

  it('a login is counted', async () => {
    const { user } = await logInNewUser();
    const readLogins = async () => {
      const [row] = await connection()('up_session_tallies').select('logins');
      return Number(row.logins);
    };
    await vi.waitUntil(() => readLogins().catch(() => 0));
    const before = await readLogins();

    await loseRace('update up_session_tallies set reuses = reuses + 1', async () => {
      await login(server, user);
      await vi.waitUntil(async () => (await readLogins()) > before, { timeout: 10_000 });
    });

    expect(await readLogins()).toBe(before + 1);
    expect(server.log.join()).not.toContain('Session tally not stored');
  });
};

const useOneServer = (level?: (typeof LEVELS)[number]): void => {
  beforeAll(() => start(level));
  afterAll(() => stopWithoutErrors(server));
};

describeOn('postgres')('A lost race', () => {
  describe.each(LEVELS)('at the isolation level "%s"', (level) => {
    useOneServer(level);
    defineTests();

    it('a change of password is refused: another one was first', async () => {
      const { user, session } = await logInNewUser();
      const body = {
        currentPassword: user.password,
        password: 'another-horse',
        passwordConfirmation: 'another-horse',
      };

      await loseRace(`update up_users set password = 'other' where id = ${user.id}`, () =>
        server
          .request()
          .post('/api/auth/change-password')
          .set(bearer(session))
          .send(body)
          .expect(400),
      );

      expect(await reasonsOf(user)).toEqual([null]);
    });

    it('is announced at boot', () => {
      expect(server.log).toContainEqual(
        expect.stringContaining(`PostgreSQL begins transactions at "${level}"`),
      );
    });
  });
});

describeOn('sqlite', 'mysql')('After a lock timeout', () => {
  useOneServer();
  defineTests();
});

describeOn('mysql')('A deadlock', () => {
  useOneServer();

  it('with the end of all sessions of a user is resolved in favour of both', async () => {
    const { user, session } = await logInNewUser();
    const second = await login(server, user);
    const { revokeAll } = server.strapi.plugin('users-permissions').service('session');
    await connection().raw('set session innodb_lock_wait_timeout = 10');
    const [[{ id }]] = await connection().raw('select connection_id() as id');
    const errors: { code?: string }[] = [];
    const onFailure = (error: { code?: string }) => errors.push(error);
    connection().on('query-error', onFailure);
    const holder = await holdLocks(database);
    // InnoDB ends the transaction that has changed less.
    await holder.run(`update up_permissions set updated_at = '2020-01-01'`);
    await holder.run(touch(second));

    const revoked = revokeAll([user.id], 'logout-all');
    const isBlocked = async () => {
      const [row] = await holder.run(
        `select trx_state as state from information_schema.innodb_trx
         where trx_mysql_thread_id = ${id}`,
      );
      return row?.state === 'LOCK WAIT';
    };
    // The server refreshes this table only when nobody has read it for a tenth of a second.
    await vi.waitUntil(isBlocked, { timeout: 5000, interval: 200 });
    await holder.run(touch(session));
    await holder.commit();

    expect(await revoked).toBe(2);
    expect(errors.map(({ code }) => code)).toEqual(['ER_LOCK_DEADLOCK']);
    connection().removeListener('query-error', onFailure);
    expect(await reasonsOf(user)).toEqual(['logout-all', 'logout-all']);
  });
});
