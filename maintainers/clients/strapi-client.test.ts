import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import type { AuthClient } from '../../client/src/index';
import { createToolClient } from '../../examples/recipes/native/client';
import { createClient } from '../../examples/recipes/strapi-client/client';
import { createUser, storedSessions } from '../../tests/helpers/users';
import { useServer } from '../../tests/helpers/suite';
import { REFRESH, useFakeNetwork } from './fake-network';
import { ACCESS_TOKEN_LIFETIME } from './session-states';

const server = useServer();
const network = useFakeNetwork(server);

let current: AuthClient | undefined;

/** Logs a new user in, and stops the timer of the client of the test before. */
const logIn = async () => {
  const user = await createUser(server);
  current?.close();
  const auth = createToolClient(network.url, path.join(inject('databaseDir'), randomUUID()));
  current = auth;
  await auth.login({ identifier: user.username, password: user.password });
  return { user, auth, withClient: createClient(network.api, auth) };
};

describe('The @strapi/client recipe', () => {
  it('sends requests with the access token', async () => {
    const { withClient, user } = await logIn();

    const response = await withClient((client) => client.fetch('/users/me'));

    expect(await response.json()).toMatchObject({ username: user.username });
  });

  it('refreshes once for many requests that are refused, and repeats each', async () => {
    const { withClient } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);

    const found = await Promise.all(
      Array.from({ length: 5 }, () => withClient((client) => client.fetch('/users/me'))),
    );

    expect(found.map(({ status }) => status)).toEqual(Array(5).fill(200));
    expect(network.refreshes()).toBe(1);
  });

  it('repeats a refresh whose response is lost', async () => {
    const { withClient } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    network.dropResponses(REFRESH, 1);

    await withClient((client) => client.fetch('/users/me'));

    expect(network.refreshes()).toBe(2);
  });

  it('passes on all other errors', async () => {
    const { withClient } = await logIn();

    await expect(
      withClient((client) => client.collection('nothing').findOne('none')),
    ).rejects.toMatchObject({ name: 'HTTPNotFoundError' });
    expect(network.refreshes()).toBe(0);
  });

  it('sends requests of nobody after a logout', async () => {
    const { withClient, auth, user } = await logIn();

    await auth.logout();

    await expect(withClient((client) => client.fetch('/users/me'))).rejects.toMatchObject({
      name: 'HTTPForbiddenError',
    });
    expect((await storedSessions(server, user))[0]?.revokedReason).toBe('logout');
  });
});
