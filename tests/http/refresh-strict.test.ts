import { describe, expect, it } from 'vitest';
import { INVALID_REFRESH_TOKEN, refusal } from '../helpers/answers';
import {
  createPerson,
  loggedInBy,
  login,
  refresh,
  storedSessions,
  whoAmI,
} from '../helpers/people';
import { useServer } from '../helpers/suite';

const server = useServer({ REFRESH_TOKEN_LEEWAY: '0s' });

describe('With REFRESH_TOKEN_LEEWAY=0s', () => {
  it('one client that waits for each answer refreshes as ever', async () => {
    let last = await login(server, await createPerson(server));

    for (let count = 0; count < 5; count += 1) {
      last = loggedInBy(await refresh(server, last).expect(200));
    }
  });

  it('a second use of a token is reuse, at once', async () => {
    const before = await login(server, await createPerson(server));
    const newest = loggedInBy(await refresh(server, before).expect(200));

    expect((await refresh(server, before)).body).toEqual(INVALID_REFRESH_TOKEN);
    expect((await refresh(server, newest)).body).toEqual(INVALID_REFRESH_TOKEN);
    expect((await whoAmI(server, newest)).body).toEqual(refusal(401));
  });

  it('of ten parallel callers one gets through, and the session is revoked', async () => {
    const person = await createPerson(server);
    const before = await login(server, person);

    const responses = await Promise.all(Array.from({ length: 10 }, () => refresh(server, before)));

    const statuses = responses.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array(9).fill(401)]);
    expect(await storedSessions(server, person)).toMatchObject([
      { generation: 1, revokedReason: 'reuse-detected' },
    ]);
    const winner = responses.filter(({ status }) => status === 200).map(loggedInBy);
    for (const pair of winner) await refresh(server, pair).expect(401);
  });
});
