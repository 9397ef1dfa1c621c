import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { createFileStorage } from '../../examples/recipes/native/file-storage';
import { createSession, SessionEnded } from '../../examples/recipes/native/session';
import { createClient } from '../../examples/recipes/strapi-client/client';
import { createPerson, storedSessions } from '../../tests/helpers/people';
import { useServer } from '../../tests/helpers/suite';
import { REFRESH, useLine } from './line';
import { ACCESS_TOKEN_LIFE } from './sessions';

const server = useServer();
const line = useLine(server);

const logIn = async () => {
  const person = await createPerson(server);
  const storage = createFileStorage(path.join(inject('databaseDir'), randomUUID()));
  const session = createSession(line.api, storage);
  await session.login(person.username, person.password);
  return { person, session, withClient: createClient(line.api, session) };
};

describe('The @strapi/client recipe', () => {
  it('calls with the access token', async () => {
    const { withClient, person } = await logIn();

    const answer = await withClient((client) => client.fetch('/users/me'));

    expect(await answer.json()).toMatchObject({ username: person.username });
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
    const { withClient, session, person } = await logIn();

    await session.logout();

    await expect(withClient((client) => client.fetch('/users/me'))).rejects.toBeInstanceOf(
      SessionEnded,
    );
    expect((await storedSessions(server, person))[0]?.revokedReason).toBe('logout');
  });
});
