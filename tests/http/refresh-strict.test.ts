import { describe, expect, it } from 'vitest';
import { createPerson, loggedInBy, login, refresh, storedSessions } from '../helpers/people';
import { useServer } from '../helpers/suite';

const server = useServer({ REFRESH_TOKEN_LEEWAY: '0s' });

describe('With REFRESH_TOKEN_LEEWAY=0s', () => {
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
