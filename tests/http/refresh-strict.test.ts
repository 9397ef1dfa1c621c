import { describe, expect, it, vi } from 'vitest';
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

  it('revokes no session for a request whose client has left before it is judged', async () => {
    const user = await createUser(server);
    const before = await login(server, user);
    const after = tokensFrom(await refresh(server, before).expect(200));

    server.strapi.server.httpServer.prependOnceListener('request', ({ socket }) => {
      socket.destroy();
    });
    await expect(refresh(server, before)).rejects.toThrow('socket hang up');

    await vi.waitFor(() => expect(server.log.join('\n')).toContain('caller-left'));
    await refresh(server, after).expect(200);
  });
});
