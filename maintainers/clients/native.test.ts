import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { createFileStorage } from '../../examples/recipes/native/file-storage';
import {
  createSession,
  ServerUnavailable,
  SessionEnded,
  type SecureStorage,
} from '../../examples/recipes/native/session';
import { createUser } from '../../tests/helpers/users';
import { useServer } from '../../tests/helpers/suite';
import { REFRESH, useFakeNetwork } from './fake-network';
import { ACCESS_TOKEN_LIFETIME, DAY, LEEWAY, sessionStatesOf } from './session-states';

const server = useServer();
const network = useFakeNetwork(server);

/** Logs a new user in with the recipe. */
const logIn = async () => {
  const user = await createUser(server);
  const file = path.join(inject('databaseDir'), randomUUID());
  const storage = createFileStorage(file);
  const session = createSession(network.api, storage);
  await session.login(user.username, user.password);
  return { user, file, storage, session };
};

describe('The native recipe', () => {
  it('logs in and sends requests; only the owner can read its file', async () => {
    const { session, file, user } = await logIn();

    const response = await session.fetch('/users/me');

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ username: user.username });
    expect((await readFile(file, 'utf8')).split('.')).toHaveLength(3);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('rejects with the error of a refused login', async () => {
    const session = createSession(network.api, createFileStorage('/dev/null/none'));

    await expect(session.login('nobody', 'wrong')).rejects.toThrow(
      'Invalid identifier or password',
    );
  });

  it('refreshes when the access token has expired, and repeats the request', async () => {
    const { session, user } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);

    const response = await session.fetch('/auth/change-password', {
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
    const { session } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);

    const responses = await Promise.all(
      Array.from({ length: 8 }, () => session.fetch('/users/me')),
    );

    expect(responses.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(network.refreshes()).toBe(1);
  });

  it('is still logged in after a restart', async () => {
    const { storage } = await logIn();

    const restarted = createSession(network.api, storage);

    expect((await restarted.fetch('/users/me')).status).toBe(200);
  });

  it('stores the key before it refreshes, and the token before it uses the access token', async () => {
    const { storage } = await logIn();
    const slow: SecureStorage = {
      ...storage,
      async write(value) {
        // A request that does not wait for the write would reach the server before this one has a response.
        await fetch(`${network.url}/_health`);
        await storage.write(value);
      },
    };

    await createSession(network.api, slow).fetch('/users/me');

    expect(network.paths).toEqual([
      ...['/api/auth/local', '/_health', REFRESH, '/_health', '/api/users/me'],
    ]);
  });

  it.each([
    ['keeps running', true],
    ['is restarted', false],
  ])(
    'stays logged in when a new token cannot be stored and the app %s',
    async (_name, keepsRunning) => {
      const { storage, user } = await logIn();
      let isFull = true;
      const full: SecureStorage = {
        ...storage,
        async write(value) {
          if (isFull && !value.includes(' ')) throw new Error('full');
          await storage.write(value);
        },
      };
      const session = createSession(network.api, full);
      await expect(session.fetch('/users/me')).rejects.toThrow('full');
      expect(network.paths).not.toContain('/api/users/me');
      isFull = false;
      server.clock.advance(DAY);

      const later = keepsRunning ? session : createSession(network.api, storage);

      expect((await later.fetch('/users/me')).status).toBe(200);
      expect(await sessionStatesOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
    },
  );

  it('sends no refresh if its key cannot be stored', async () => {
    const { storage } = await logIn();
    const before = await storage.read();
    const full: SecureStorage = { ...storage, write: () => Promise.reject(new Error('full')) };

    await expect(createSession(network.api, full).fetch('/users/me')).rejects.toThrow('full');

    expect(network.refreshes()).toBe(0);
    expect(await storage.read()).toBe(before);
  });

  it('stays logged in when it is killed during a refresh', async () => {
    const { session, storage, user } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    network.dropResponses(REFRESH, 3);
    await expect(session.fetch('/users/me')).rejects.toThrow(ServerUnavailable);
    server.clock.advance(DAY);

    const restarted = createSession(network.api, storage);

    expect((await restarted.fetch('/users/me')).status).toBe(200);
    expect(await sessionStatesOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
  });

  it('sends the same `Idempotency-Key` with each retry, and another one for the next token', async () => {
    const { session } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    network.dropResponses(REFRESH, 2);
    await session.fetch('/users/me');
    server.clock.advance(ACCESS_TOKEN_LIFETIME);

    await session.fetch('/users/me');

    const [first, second, third, next] = network.keys();
    expect(first).toMatch(/^[\x21-\x7e]{22,128}$/);
    expect([second, third]).toEqual([first, first]);
    expect(next).toMatch(/^[\x21-\x7e]{22,128}$/);
    expect(next).not.toBe(first);
  });

  it('uses `createKey` of the app, for platforms without `crypto`', async () => {
    const { storage } = await logIn();
    const key = 'of-a-random-generator-';

    await createSession(network.api, storage, () => key).fetch('/users/me');

    expect(network.keys()).toEqual([key]);
  });

  it('repeats a refresh whose response is lost', async () => {
    const { session, user } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    network.dropResponses(REFRESH, 2);

    const response = await session.fetch('/users/me');

    expect(response.status).toBe(200);
    expect(network.refreshes()).toBe(3);
    expect(await sessionStatesOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
  });

  it.each([429, 500, 503])('stays logged in when a refresh is refused with %i', async (status) => {
    const { session, storage } = await logIn();
    const before = await storage.read();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    network.respondWith(REFRESH, status);

    const refused = await session.fetch('/users/me').catch((error: unknown) => error);

    expect(refused).toBeInstanceOf(ServerUnavailable);
    expect(refused).toMatchObject({ status });
    expect((await storage.read())?.split(' ')[0]).toBe(before);
  });

  it('rejects with `SessionEnded` when the server has ended the session, and sends no more refresh', async () => {
    const { session, storage } = await logIn();
    const stolen = await storage.read();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    await session.fetch('/users/me');
    server.clock.advance(LEEWAY + 1);
    await storage.write(String(stolen));
    await expect(createSession(network.api, storage).fetch('/users/me')).rejects.toThrow(
      SessionEnded,
    );
    const before = network.refreshes();

    await expect(session.fetch('/users/me')).rejects.toThrow(SessionEnded);

    expect(network.refreshes()).toBe(before);
    expect(await storage.read()).toBeNull();
  });

  it('does not loop when the new access token is refused, too', async () => {
    const { session } = await logIn();
    network.respondWith('/api/users/me', 401);

    expect((await session.fetch('/users/me')).status).toBe(401);

    expect(network.paths.filter((sent) => sent === '/api/users/me')).toHaveLength(2);
    expect(network.refreshes()).toBe(1);
  });

  it('logs out on the device and on the server', async () => {
    const { session, storage, user } = await logIn();

    await session.logout();

    expect(await storage.read()).toBeNull();
    expect(await sessionStatesOf(server, user)).toEqual([
      { generation: 0, revokedReason: 'logout' },
    ]);
    await expect(session.fetch('/users/me')).rejects.toThrow(SessionEnded);
  });

  it('stays logged out when a refresh ends after the logout', async () => {
    const { session, storage } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    const call = session.fetch('/users/me');
    await expect.poll(() => network.refreshes(), { interval: 1 }).toBe(1);

    await session.logout();

    await call.catch(() => undefined);
    expect(await storage.read()).toBeNull();
  });
});
