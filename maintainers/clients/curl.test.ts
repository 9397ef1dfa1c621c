import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { projectRoot } from '../../tests/helpers/paths';
import { createUser } from '../../tests/helpers/users';
import { hasProgram, isRunnable } from '../helpers/requirements';
import { useServer } from '../../tests/helpers/suite';
import { REFRESH, useFakeNetwork } from './fake-network';
import { ACCESS_TOKEN_LIFETIME, DAY, LEEWAY, sessionStatesOf } from './session-states';

const canRun = isRunnable('The curl recipe', {
  curl: hasProgram('curl', '--version'),
  flock: hasProgram('flock', '--version'),
});

describe.runIf(canRun)('The curl recipe', () => {
  const server = useServer();
  const network = useFakeNetwork(server);

  /** Returns a function that runs the script, with a new folder for its session. */
  const createSession = (script: string) => {
    const folder = path.join(inject('databaseDir'), randomUUID());
    const run = (args: readonly string[], input = ''): Promise<string> =>
      new Promise((resolve, reject) => {
        const child = execFile(
          path.join(projectRoot, 'examples/recipes/curl', script),
          args,
          { env: { PATH: process.env.PATH, STRAPI_API: network.api, SESSION_DIR: folder } },
          (error, stdout, stderr) => {
            if (error) reject(new Error(stderr));
            else resolve(stdout);
          },
        );
        child.stdin?.end(input);
      });
    return { run, folder };
  };

  const logIn = async (script: string) => {
    const password = 'correct horse & "battery"';
    const user = await createUser(server, { password });
    const session = createSession(script);
    await session.run(['login', user.username], `${password}\n`);
    return { ...session, user };
  };

  describe.each(['cookie.sh', 'body.sh'])('%s', (script) => {
    it('logs in and sends requests; only the owner can read its files', async () => {
      const { run, user, folder } = await logIn(script);

      const [body = '', status] = (await run(['call', '/users/me'])).trim().split('\n');

      expect(status).toBe('200');
      expect(JSON.parse(body)).toMatchObject({ username: user.username });
      const modes = readdirSync(folder).map((name) => statSync(path.join(folder, name)).mode);
      expect(modes.map((mode) => mode & 0o077)).toEqual([0, 0]);
    });

    it('shows the error of a refused login', async () => {
      await expect(createSession(script).run(['login', 'nobody'], 'wrong\n')).rejects.toThrow(
        'Invalid identifier or password',
      );
    });

    it('refreshes when the access token has expired, and repeats the request', async () => {
      const { run, user } = await logIn(script);
      server.clock.advance(ACCESS_TOKEN_LIFETIME);

      const passwords = {
        currentPassword: 'wrong',
        password: 'new one',
        passwordConfirmation: 'new one',
      };
      const body = ['-H', 'Content-Type: application/json', '-d', JSON.stringify(passwords)];
      // Strapi gives this error only to a logged-in user, and only if the body was sent again.
      expect(await run(['call', '/auth/change-password', ...body])).toMatch(
        /The provided current password is invalid.*\n400\n$/s,
      );

      server.clock.advance(ACCESS_TOKEN_LIFETIME);
      expect(await run(['call', '/users/me'])).toMatch(/\n200\n$/);
      expect(await sessionStatesOf(server, user)).toEqual([{ generation: 2, revokedReason: null }]);
    });

    it('refreshes once when it runs several times in parallel', async () => {
      const { run, user } = await logIn(script);
      server.clock.advance(ACCESS_TOKEN_LIFETIME);

      const outputs = await Promise.all([1, 2, 3, 4, 5, 6].map(() => run(['call', '/users/me'])));

      for (const output of outputs) expect(output).toMatch(/\n200\n$/);
      expect(network.refreshes()).toBe(1);
      expect(await sessionStatesOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
    });

    it('repeats a refresh whose response is lost', async () => {
      const { run, user } = await logIn(script);
      server.clock.advance(ACCESS_TOKEN_LIFETIME);
      network.dropResponses(REFRESH, 2);

      expect(await run(['call', '/users/me'])).toMatch(/\n200\n$/);

      expect(await sessionStatesOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
    });

    it('stays logged in when all responses to a refresh are lost, even a day later', async () => {
      const { run, user, folder } = await logIn(script);
      server.clock.advance(ACCESS_TOKEN_LIFETIME);
      network.dropResponses(REFRESH, 3);
      await expect(run(['call', '/users/me'])).rejects.toThrow('curl:');
      const modes = readdirSync(folder).map((name) => statSync(path.join(folder, name)).mode);
      expect(modes.map((mode) => mode & 0o077)).toEqual(modes.map(() => 0));
      server.clock.advance(DAY);

      expect(await run(['call', '/users/me'])).toMatch(/\n200\n$/);

      expect(await sessionStatesOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
      expect(new Set(network.keys())).toEqual(new Set([network.keys()[0]]));
    });

    it('sends the same `Idempotency-Key` with each retry, and another one for the next token', async () => {
      const { run } = await logIn(script);
      server.clock.advance(ACCESS_TOKEN_LIFETIME);
      network.dropResponses(REFRESH, 1);
      await run(['call', '/users/me']);
      server.clock.advance(ACCESS_TOKEN_LIFETIME);

      await run(['call', '/users/me']);

      const [first, second, next] = network.keys();
      expect(first).toMatch(/^[\x21-\x7e]{22,128}$/);
      expect(second).toBe(first);
      expect(next).toMatch(/^[\x21-\x7e]{22,128}$/);
      expect(next).not.toBe(first);
    });

    it('stays logged in when a refresh is refused with 503', async () => {
      const { run } = await logIn(script);
      server.clock.advance(ACCESS_TOKEN_LIFETIME + LEEWAY);
      network.respondWith(REFRESH, 503);
      await expect(run(['call', '/users/me'])).rejects.toThrow('Out of order');

      network.reset();

      expect(await run(['call', '/users/me'])).toMatch(/\n200\n$/);
    });

    it('logs out on the server, and deletes its files', async () => {
      const { run, user, folder } = await logIn(script);

      expect(await run(['logout'])).toBe('{"ok":true}');

      expect(readdirSync(folder)).toEqual(['lock']);
      expect(await sessionStatesOf(server, user)).toEqual([
        { generation: 0, revokedReason: 'logout' },
      ]);
    });
  });
});
