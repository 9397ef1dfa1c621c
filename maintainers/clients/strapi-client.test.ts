import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { createFileStorage } from '../../examples/recipes/native/file-storage';
import { createSession, SessionEnded } from '../../examples/recipes/native/session';
import { createClient } from '../../examples/recipes/strapi-client/client';
import { createUser, storedSessions } from '../../tests/helpers/users';
import { useServer } from '../../tests/helpers/suite';
import { REFRESH, useFakeNetwork } from './fake-network';
import { ACCESS_TOKEN_LIFE } from './sessions';

const server = useServer();
const line = useFakeNetwork(server);

const logIn = async () => {
  const user = await createUser(server);
  const storage = createFileStorage(path.join(inject('databaseDir'), randomUUID()));
  const session = createSession(line.api, storage);
  await session.login(user.username, user.password);
  return { user, session, withClient: createClient(line.api, session) };
};

describe('The @strapi/client recipe', () => {
  it('calls with the access token', async () => {
    const { withClient, user } = await logIn();

    const answer = await withClient((client) => client.fetch('/users/me'));

    expect(await answer.json()).toMatchObject({ username: user.username });
  });

  it('refreshes once for many calls that are refused, and makes each again', async () => {
    const { withClient } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFE);

    const found = await Promise.all(
      Array.from({ length: 5 }, () => withClient((client) => client.fetch('/users/me'))),
    );

    expect(found.map(({ status }) => status)).toEqual(Array(5).fill(200));
    expect(line.refreshes()).toBe(1);
  });

  it('asks again when the answer to a refresh is lost', async () => {
    const { withClient } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFE);
    line.lose(REFRESH, 1);

    await withClient((client) => client.fetch('/users/me'));

    expect(line.refreshes()).toBe(2);
  });

  it('leaves every other error as it is', async () => {
    const { withClient } = await logIn();

    await expect(
      withClient((client) => client.collection('nothing').findOne('none')),
    ).rejects.toMatchObject({ name: 'HTTPNotFoundError' });
    expect(line.refreshes()).toBe(0);
  });

  it('says that the session has ended, after a logout too', async () => {
    const { withClient, session, user } = await logIn();

    await session.logout();

    await expect(withClient((client) => client.fetch('/users/me'))).rejects.toBeInstanceOf(
      SessionEnded,
    );
    expect((await storedSessions(server, user))[0]?.revokedReason).toBe('logout');
  });
});
