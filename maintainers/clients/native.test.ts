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
import { ACCESS_TOKEN_LIFE, DAY, LEEWAY, sessionsOf } from './sessions';

const server = useServer();
const line = useFakeNetwork(server);

/** Somebody with the client on a device. */
const startDevice = async () => {
  const user = await createUser(server);
  const file = path.join(inject('databaseDir'), randomUUID());
  const storage = createFileStorage(file);
  const session = createSession(line.api, storage);
  await session.login(user.username, user.password);
  return { user, file, storage, session };
};

describe('The native recipe', () => {
  it('logs in, and calls', async () => {
    const { session, file, user } = await startDevice();

    const response = await session.fetch('/users/me');

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ username: user.username });
    expect((await readFile(file, 'utf8')).split('.')).toHaveLength(3);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('says what is wrong with a login', async () => {
    const session = createSession(line.api, createFileStorage('/dev/null/none'));

    await expect(session.login('nobody', 'wrong')).rejects.toThrow(
      'Invalid identifier or password',
    );
  });

  it('refreshes when the access token has expired, and sends the call again', async () => {
    const { session, user } = await startDevice();
    server.clock.advance(ACCESS_TOKEN_LIFE);

    const response = await session.fetch('/auth/change-password', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        currentPassword: 'wrong',
        password: 'a new password',
        passwordConfirmation: 'a new password',
      }),
    });

    // Strapi says so only to a logged-in user whose request has its body.
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { message: 'The provided current password is invalid' },
    });
    expect(line.refreshes()).toBe(1);
    expect(await sessionsOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
  });

  it('refreshes once for many calls that are refused', async () => {
    const { session } = await startDevice();
    server.clock.advance(ACCESS_TOKEN_LIFE);

    const responses = await Promise.all(
      Array.from({ length: 8 }, () => session.fetch('/users/me')),
    );

    expect(responses.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(line.refreshes()).toBe(1);
  });

  it('goes on after a restart', async () => {
    const { storage } = await startDevice();

    const restarted = createSession(line.api, storage);

    expect((await restarted.fetch('/users/me')).status).toBe(200);
  });

  it('stores the key before it refreshes, and the token before it uses the access token', async () => {
    const { storage } = await startDevice();
    const slow: SecureStorage = {
      ...storage,
      async write(value) {
        // A request that did not wait would be at the server before this answer is back.
        await fetch(`${line.url}/_health`);
        await storage.write(value);
      },
    };

    await createSession(line.api, slow).fetch('/users/me');

    expect(line.paths).toEqual([
      ...['/api/auth/local', '/_health', REFRESH, '/_health', '/api/users/me'],
    ]);
  });

  it.each([
    ['goes on', true],
    ['is started again', false],
  ])(
    'stays logged in where a new token cannot be stored, and the app %s',
    async (_name, goesOn) => {
      const { storage, user } = await startDevice();
      let isFull = true;
      const full: SecureStorage = {
        ...storage,
        async write(value) {
          if (isFull && !value.includes(' ')) throw new Error('full');
          await storage.write(value);
        },
      };
      const session = createSession(line.api, full);
      await expect(session.fetch('/users/me')).rejects.toThrow('full');
      expect(line.paths).not.toContain('/api/users/me');
      isFull = false;
      server.clock.advance(DAY);

      const later = goesOn ? session : createSession(line.api, storage);

      expect((await later.fetch('/users/me')).status).toBe(200);
      expect(await sessionsOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
    },
  );

  it('sends no refresh whose key it could not store', async () => {
    const { storage } = await startDevice();
    const before = await storage.read();
    const full: SecureStorage = { ...storage, write: () => Promise.reject(new Error('full')) };

    await expect(createSession(line.api, full).fetch('/users/me')).rejects.toThrow('full');

    expect(line.refreshes()).toBe(0);
    expect(await storage.read()).toBe(before);
  });

  it('stays logged in when it is killed between sending a refresh and storing the token', async () => {
    const { session, storage, user } = await startDevice();
    server.clock.advance(ACCESS_TOKEN_LIFE);
    line.lose(REFRESH, 3);
    await expect(session.fetch('/users/me')).rejects.toThrow(ServerUnavailable);
    server.clock.advance(DAY);

    const restarted = createSession(line.api, storage);

    expect((await restarted.fetch('/users/me')).status).toBe(200);
    expect(await sessionsOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
  });

  it('sends the same key with each retry, and another one with the next token', async () => {
    const { session } = await startDevice();
    server.clock.advance(ACCESS_TOKEN_LIFE);
    line.lose(REFRESH, 2);
    await session.fetch('/users/me');
    server.clock.advance(ACCESS_TOKEN_LIFE);

    await session.fetch('/users/me');

    const [first, second, third, next] = line.keys();
    expect(first).toMatch(/^[\x21-\x7e]{22,128}$/);
    expect([second, third]).toEqual([first, first]);
    expect(next).toMatch(/^[\x21-\x7e]{22,128}$/);
    expect(next).not.toBe(first);
  });

  it('takes its keys from the app where the platform has no `crypto`', async () => {
    const { storage } = await startDevice();
    const key = 'of-a-random-generator-';

    await createSession(line.api, storage, () => key).fetch('/users/me');

    expect(line.keys()).toEqual([key]);
  });

  it('asks again when the answer to a refresh is lost', async () => {
    const { session, user } = await startDevice();
    server.clock.advance(ACCESS_TOKEN_LIFE);
    line.lose(REFRESH, 2);

    const response = await session.fetch('/users/me');

    expect(response.status).toBe(200);
    expect(line.refreshes()).toBe(3);
    expect(await sessionsOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
  });

  it.each([429, 500, 503])(
    'keeps the session when a refresh is answered with %i',
    async (status) => {
      const { session, storage } = await startDevice();
      const before = await storage.read();
      server.clock.advance(ACCESS_TOKEN_LIFE);
      line.breakDown(REFRESH, status);

      const refused = await session.fetch('/users/me').catch((error: unknown) => error);

      expect(refused).toBeInstanceOf(ServerUnavailable);
      expect(refused).toMatchObject({ status });
      expect((await storage.read())?.split(' ')[0]).toBe(before);
    },
  );

  it('ends when the server has ended the session, and does not ask again', async () => {
    const { session, storage } = await startDevice();
    const stolen = await storage.read();
    server.clock.advance(ACCESS_TOKEN_LIFE);
    await session.fetch('/users/me');
    server.clock.advance(LEEWAY + 1);
    await storage.write(String(stolen));
    await expect(createSession(line.api, storage).fetch('/users/me')).rejects.toThrow(SessionEnded);
    const asked = line.refreshes();

    await expect(session.fetch('/users/me')).rejects.toThrow(SessionEnded);

    expect(line.refreshes()).toBe(asked);
    expect(await storage.read()).toBeNull();
  });

  it('does not loop when a new access token is refused, too', async () => {
    const { session } = await startDevice();
    line.breakDown('/api/users/me', 401);

    expect((await session.fetch('/users/me')).status).toBe(401);

    expect(line.paths.filter((sent) => sent === '/api/users/me')).toHaveLength(2);
    expect(line.refreshes()).toBe(1);
  });

  it('logs out, on the device and on the server', async () => {
    const { session, storage, user } = await startDevice();

    await session.logout();

    expect(await storage.read()).toBeNull();
    expect(await sessionsOf(server, user)).toEqual([{ generation: 0, revokedReason: 'logout' }]);
    await expect(session.fetch('/users/me')).rejects.toThrow(SessionEnded);
  });

  it('stays logged out when a refresh was under way', async () => {
    const { session, storage } = await startDevice();
    server.clock.advance(ACCESS_TOKEN_LIFE);
    const call = session.fetch('/users/me');
    await expect.poll(() => line.refreshes(), { interval: 1 }).toBe(1);

    await session.logout();

    await call.catch(() => undefined);
    expect(await storage.read()).toBeNull();
  });
});
