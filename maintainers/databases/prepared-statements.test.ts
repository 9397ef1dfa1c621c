import { expect, it } from 'vitest';
import { describeOn, newDatabase, testDatabase } from '../../tests/helpers/databases';
import {
  createUser,
  login,
  refreshByBody,
  fetchOwnAccount,
  BODY_TRANSPORT,
} from '../../tests/helpers/users';
import { startPooler } from './pgbouncer';
import { hasProgram, isRunnable } from '../helpers/requirements';
import { withServer } from '../../tests/helpers/suite';

const USERS = 10;
const REFRESHES = 5;
const FALLBACK_WARNING = /PostgreSQL refuses a prepared statement/;

const runnable =
  testDatabase === 'postgres' &&
  isRunnable('A pooler in transaction mode', { pgbouncer: hasProgram('pgbouncer', '--version') });

describeOn('postgres')('The statements of a login, a refresh and an authenticated request', () => {
  /** Several users log in, refresh and fetch their accounts in parallel. Every response has to be a 200. */
  const refreshInParallel = (server: Parameters<Parameters<typeof withServer>[1]>[0]) =>
    Promise.all(
      Array.from({ length: USERS }, async () => {
        let session = await login(server, await createUser(server), BODY_TRANSPORT);
        for (let count = 0; count < REFRESHES; count += 1) {
          const { body } = await refreshByBody(server, session.refreshToken).expect(200);
          session = { ...session, accessToken: body.jwt, refreshToken: body.refreshToken };
          await fetchOwnAccount(server, session).expect(200);
        }
      }),
    );

  const noLoginLimit = { AUTH_RATE_LIMIT_MAX: '0' };
  const oneConnection = { DATABASE_POOL_MIN: '1', DATABASE_POOL_MAX: '1' };

  it('are prepared', async () => {
    await withServer({ ...noLoginLimit, ...oneConnection }, async (server) => {
      await refreshInParallel(server);

      const { rows } = await server.strapi.db.connection.raw(
        `select name from pg_prepared_statements order by name`,
      );
      const names = (rows as { name: string }[]).map(({ name }) => name.replace(/_[^_]*$/, ''));
      expect(names).toEqual([
        'find_account',
        'find_caller',
        // A repeat reads.
        'find_session_with_user',
        'insert_session_by_password',
        'rotate_current_session',
      ]);
      expect(server.log.filter((line) => FALLBACK_WARNING.test(line))).toEqual([]);
    });
  });

  it('still succeed when the table is altered after they were prepared', async () => {
    await withServer({ ...noLoginLimit, ...oneConnection }, async (server) => {
      await refreshInParallel(server);
      await server.strapi.db.connection.raw(
        'alter table up_sessions alter column device_name type varchar(300)',
      );

      await refreshInParallel(server);
    });
  });

  it.skipIf(!runnable)(
    'are sent unprepared behind a pooler in transaction mode, with one warning in the log and no failed request',
    async () => {
      const pooler = await startPooler(await newDatabase());
      try {
        await withServer({ ...noLoginLimit, ...pooler.variables }, async (server) => {
          await refreshInParallel(server);

          expect(server.log.filter((line) => FALLBACK_WARNING.test(line))).toHaveLength(1);
        });
      } finally {
        await pooler.stop();
      }
    },
  );
});
