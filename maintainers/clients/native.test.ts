import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { createAuthClient, type AuthClient, type TokenStorage } from '../../client/src/index';
import { createToolClient } from '../../examples/recipes/native/client';
import { createFileStorage } from '../../examples/recipes/native/file-storage';
import { createUser } from '../../tests/helpers/users';
import { useServer } from '../../tests/helpers/suite';
import { REFRESH, useFakeNetwork } from './fake-network';
import { ACCESS_TOKEN_LIFETIME, DAY, LEEWAY, sessionStatesOf } from './session-states';

const server = useServer();
const network = useFakeNetwork(server);

const open: AuthClient[] = [];
/** Stops the timers of a client, which would refresh during later tests. */
const closeAfterwards = (auth: AuthClient): AuthClient => {
  open.push(auth);
  return auth;
};
afterEach(() => {
  for (const auth of open.splice(0)) auth.close();
});

/** Logs a new user in with the recipe. */
const logIn = async () => {
  const user = await createUser(server);
  const file = path.join(inject('databaseDir'), randomUUID());
  const storage = createFileStorage(file);
  const auth = closeAfterwards(createToolClient(network.url, file));
  await auth.login({ identifier: user.username, password: user.password });
  return { user, file, storage, auth };
};

const openWith = (storage: TokenStorage, createKey?: () => string) =>
  closeAfterwards(
    createAuthClient({
      ...{ url: network.url, transport: 'body', storage },
      ...(createKey && { createKey }),
    }),
  );

describe('The native recipe', () => {
  it('logs in and sends requests; only the owner can read its file', async () => {
    const { auth, file, user } = await logIn();

    const response = await auth.fetch('/api/users/me');

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ username: user.username });
    expect((await readFile(file, 'utf8')).split('.')).toHaveLength(3);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('rejects with the error of a refused login', async () => {
    const auth = openWith(createFileStorage('/dev/null/none'));

    await expect(auth.login({ identifier: 'nobody', password: 'wrong' })).rejects.toMatchObject({
      code: 'invalid-credentials',
    });
  });

  it('refreshes when the access token has expired, and repeats the request', async () => {
    const { auth, user } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);

    const response = await auth.fetch('/api/auth/change-password', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        currentPassword: 'wrong',
        password: 'a new password',
        passwordConfirmation: 'a new password',
      }),
    });

    // Strapi gives this error only to a logged-in user, and only if the body was sent again.
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { message: 'The provided current password is invalid' },
    });
    expect(network.refreshes()).toBe(1);
    expect(await sessionStatesOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
  });

  it('refreshes once for many requests that are refused', async () => {
    const { auth } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);

    const responses = await Promise.all(
      Array.from({ length: 8 }, () => auth.fetch('/api/users/me')),
    );

    expect(responses.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(network.refreshes()).toBe(1);
  });

  it('is still logged in after a restart', async () => {
    const { storage } = await logIn();

    const restarted = openWith(storage);

    expect((await restarted.fetch('/api/users/me')).status).toBe(200);
  });

  it('stores the key before it refreshes, and the token before it uses the access token', async () => {
    const { storage } = await logIn();
    const slow: TokenStorage = {
      ...storage,
      async write(value) {
        // A request that does not wait for the write would reach the server before this one has a response.
        await fetch(`${network.url}/_health`);
        await storage.write(value);
      },
    };

    await openWith(slow).fetch('/api/users/me');

    expect(network.paths).toEqual([
      ...['/api/auth/local', '/_health', REFRESH, '/_health', '/api/users/me', '/api/users/me'],
    ]);
  });

  it('stays logged in when a new token cannot be stored and the app is restarted', async () => {
    const { storage, user } = await logIn();
    const full: TokenStorage = {
      ...storage,
      async write(value) {
        if (!value.includes(' ')) throw new Error('full');
        await storage.write(value);
      },
    };
    expect((await openWith(full).fetch('/api/users/me')).status).toBe(200);
    server.clock.advance(DAY);

    const restarted = openWith(storage);

    expect((await restarted.fetch('/api/users/me')).status).toBe(200);
    expect(await sessionStatesOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
  });

  it('sends no refresh if its key cannot be stored', async () => {
    const { storage } = await logIn();
    const before = await storage.read();
    const full: TokenStorage = { ...storage, write: () => Promise.reject(new Error('full')) };

    await expect(openWith(full).fetch('/api/users/me')).rejects.toMatchObject({
      code: 'unavailable',
      cause: { message: 'full' },
    });

    expect(network.refreshes()).toBe(0);
    expect(await storage.read()).toBe(before);
  });

  it('stays logged in when it is killed during a refresh', async () => {
    const { auth, storage, user } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    network.dropResponses(REFRESH, 3);
    await expect(auth.fetch('/api/users/me')).rejects.toMatchObject({ code: 'unavailable' });
    server.clock.advance(DAY);

    const restarted = openWith(storage);

    expect((await restarted.fetch('/api/users/me')).status).toBe(200);
    expect(await sessionStatesOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
  });

  it('sends the same `Idempotency-Key` with each retry, and another one for the next token', async () => {
    const { auth } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    network.dropResponses(REFRESH, 2);
    await auth.fetch('/api/users/me');
    server.clock.advance(ACCESS_TOKEN_LIFETIME);

    await auth.fetch('/api/users/me');

    const [first, second, third, next] = network.keys();
    expect(first).toMatch(/^[\x21-\x7e]{22,128}$/);
    expect([second, third]).toEqual([first, first]);
    expect(next).toMatch(/^[\x21-\x7e]{22,128}$/);
    expect(next).not.toBe(first);
  });

  it('uses `createKey` of the app, for platforms without `crypto`', async () => {
    const { storage } = await logIn();
    const key = 'of-a-random-generator-';

    await openWith(storage, () => key).fetch('/api/users/me');

    expect(network.keys()).toEqual([key]);
  });

  it('repeats a refresh whose response is lost', async () => {
    const { auth, user } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    network.dropResponses(REFRESH, 2);

    const response = await auth.fetch('/api/users/me');

    expect(response.status).toBe(200);
    expect(network.refreshes()).toBe(3);
    expect(await sessionStatesOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
  });

  it.each([429, 500, 503])('stays logged in when a refresh is refused with %i', async (status) => {
    const { auth, storage } = await logIn();
    const before = await storage.read();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    network.respondWith(REFRESH, status);

    const refused = await auth.fetch('/api/users/me').catch((error: unknown) => error);

    expect(refused).toMatchObject({ name: 'AuthError', status: status === 429 ? 429 : 0 });
    expect((await storage.read())?.split(' ')[0]).toBe(before);
  });

  it('rejects when the server has ended the session, and sends no more refresh', async () => {
    const { auth, storage } = await logIn();
    const stolen = await storage.read();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    await auth.fetch('/api/users/me');
    server.clock.advance(LEEWAY + 1);
    await storage.write(String(stolen));
    const thief = openWith(storage);
    await thief.refresh();
    expect(thief.state.reason).toBe('expired');
    const before = network.refreshes();

    await expect(auth.fetch('/api/users/me')).rejects.toMatchObject({ code: 'logged-out' });

    expect(network.refreshes()).toBe(before);
    expect(await storage.read()).toBeNull();
  });

  it('does not loop when the new access token is refused, too', async () => {
    const { auth } = await logIn();
    network.respondWith('/api/users/me', 401);

    expect((await auth.fetch('/api/users/me')).status).toBe(401);

    expect(network.paths.filter((sent) => sent === '/api/users/me')).toHaveLength(2);
    expect(network.refreshes()).toBe(1);
  });

  it('logs out on the device and on the server', async () => {
    const { auth, storage, user } = await logIn();

    await auth.logout();

    expect(await storage.read()).toBeNull();
    expect(await sessionStatesOf(server, user)).toEqual([
      { generation: 0, revokedReason: 'logout' },
    ]);
    expect((await auth.fetch('/api/users/me')).status).toBe(403);
  });

  it('stays logged out when a refresh ends after the logout', async () => {
    const { auth, storage } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    const call = auth.fetch('/api/users/me');
    await expect.poll(() => network.refreshes(), { interval: 1 }).toBe(1);

    await auth.logout();

    await call.catch(() => undefined);
    expect(await storage.read()).toBeNull();
  });
});
