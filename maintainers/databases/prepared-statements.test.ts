import { expect, it } from 'vitest';
import { describeOn, newDatabase, testDatabase } from '../../tests/helpers/databases';
import { createUser, login, refreshByBody, fetchOwnAccount, BODY_TRANSPORT } from '../../tests/helpers/users';
import { startPooler } from './pgbouncer';
import { hasProgram, isRunnable } from '../helpers/requirements';
import { withServer } from '../../tests/helpers/suite';

const PEOPLE = 10;
const REFRESHES = 5;
const GIVEN_UP = /PostgreSQL refuses a prepared statement/;

const runnable =
  testDatabase === 'postgres' &&
  isRunnable('A pooler in transaction mode', { pgbouncer: hasProgram('pgbouncer', '--version') });

describeOn('postgres')('Statements of a refresh', () => {
  /** People who refresh side by side, each as often as a rate limit allows. */
  const refreshSideBySide = (server: Parameters<Parameters<typeof withServer>[1]>[0]) =>
    Promise.all(
      Array.from({ length: PEOPLE }, async () => {
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
      await refreshSideBySide(server);

      const { rows } = await server.strapi.db.connection.raw(
        `select name from pg_prepared_statements order by name`,
      );
      const names = (rows as { name: string }[]).map(({ name }) => name.replace(/_[^_]*$/, ''));
      expect(names).toEqual(['find_session_with_user', 'rotate_session']);
      expect(server.log.filter((line) => GIVEN_UP.test(line))).toEqual([]);
    });
  });

  it('are sent anew when the table has changed under them', async () => {
    await withServer({ ...noLoginLimit, ...oneConnection }, async (server) => {
      await refreshSideBySide(server);
      await server.strapi.db.connection.raw(
        'alter table up_sessions alter column device_name type varchar(300)',
      );

      await refreshSideBySide(server);
    });
  });

  it.skipIf(!runnable)(
    'are not, behind a pooler that gives each another connection: that is said once, and nobody notices',
    async () => {
      const pooler = await startPooler(await newDatabase());
      try {
        await withServer({ ...noLoginLimit, ...pooler.variables }, async (server) => {
          await refreshSideBySide(server);

          expect(server.log.filter((line) => GIVEN_UP.test(line))).toHaveLength(1);
        });
      } finally {
        await pooler.stop();
      }
    },
  );
});
