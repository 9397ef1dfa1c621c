import { expect, it } from 'vitest';
import { describeOn } from '../../tests/helpers/databases';
import { createUser, login, refreshByBody, BODY_TRANSPORT } from '../../tests/helpers/users';
import { useServer } from '../../tests/helpers/suite';

const REFRESHES = 50;
/** In milliseconds. Longer than the leeway, within which a session does not rotate again. */
const PAUSE = 11_000;

describeOn('postgres')('On PostgreSQL', () => {
  const server = useServer();

  /** Resolves to the numbers of updates and of heap-only (HOT) updates. PostgreSQL counts them some seconds late. */
  const updates = async () => {
    const { rows } = await server.strapi.db.connection.raw(
      `select n_tup_upd as "all", n_tup_hot_upd as "inPlace"
       from pg_stat_user_tables where relname = 'up_sessions'`,
    );
    return { all: Number(rows[0].all), inPlace: Number(rows[0].inPlace) };
  };

  it('a refresh from the same address writes to no index: every update is a heap-only one', async () => {
    let { refreshToken } = await login(server, await createUser(server), BODY_TRANSPORT);
    for (let count = 0; count < REFRESHES; count += 1) {
      server.clock.advance(PAUSE);
      refreshToken = (await refreshByBody(server, refreshToken).expect(200)).body.refreshToken;
    }

    await expect
      .poll(updates, { timeout: 50_000, interval: 500 })
      .toEqual({ all: REFRESHES, inPlace: REFRESHES });
  });
});
