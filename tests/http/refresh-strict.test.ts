import { describe, expect, it } from 'vitest';
import { createUser, tokensFrom, login, refresh, storedSessions } from '../helpers/users';
import { useServer } from '../helpers/suite';

const server = useServer({ REFRESH_TOKEN_LEEWAY: '0s' });

describe('With REFRESH_TOKEN_LEEWAY=0s', () => {
  it('accepts one of ten parallel callers, and revokes the session', async () => {
    const user = await createUser(server);
    const before = await login(server, user);

    const responses = await Promise.all(Array.from({ length: 10 }, () => refresh(server, before)));

    const statuses = responses.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array(9).fill(401)]);
    expect(await storedSessions(server, user)).toMatchObject([
      { generation: 1, revokedReason: 'reuse-detected' },
    ]);
    const winner = responses.filter(({ status }) => status === 200).map(tokensFrom);
    for (const pair of winner) await refresh(server, pair).expect(401);
  });
});
