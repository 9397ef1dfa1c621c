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
import { ACCESS_TOKEN_LIFE, DAY, LEEWAY, sessionsOf } from './sessions';

const canRun = isRunnable('The curl recipe', {
  curl: hasProgram('curl', '--version'),
  flock: hasProgram('flock', '--version'),
});

describe.runIf(canRun)('The curl recipe', () => {
  const server = useServer();
  const line = useFakeNetwork(server);

  /** A script with a folder of its own. */
  const openShell = (script: string) => {
    const folder = path.join(inject('databaseDir'), randomUUID());
    const run = (args: readonly string[], input = ''): Promise<string> =>
      new Promise((resolve, reject) => {
        const child = execFile(
          path.join(projectRoot, 'examples/recipes/curl', script),
          args,
          { env: { PATH: process.env.PATH, STRAPI_API: line.api, SESSION_DIR: folder } },
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
    const shell = openShell(script);
    await shell.run(['login', user.username], `${password}\n`);
    return { ...shell, user };
  };

  describe.each(['cookie.sh', 'body.sh'])('%s', (script) => {
    it('logs in and calls; nobody else can read what it keeps', async () => {
      const { run, user, folder } = await logIn(script);

      const [body = '', status] = (await run(['call', '/users/me'])).trim().split('\n');

      expect(status).toBe('200');
      expect(JSON.parse(body)).toMatchObject({ username: user.username });
      const modes = readdirSync(folder).map((name) => statSync(path.join(folder, name)).mode);
      expect(modes.map((mode) => mode & 0o077)).toEqual([0, 0]);
    });

    it('says what is wrong with a login', async () => {
      await expect(openShell(script).run(['login', 'nobody'], 'wrong\n')).rejects.toThrow(
        'Invalid identifier or password',
      );
    });

    it('refreshes when the access token has expired, and calls again', async () => {
      const { run, user } = await logIn(script);
      server.clock.advance(ACCESS_TOKEN_LIFE);

      const passwords = {
        currentPassword: 'wrong',
        password: 'new one',
        passwordConfirmation: 'new one',
      };
      const body = ['-H', 'Content-Type: application/json', '-d', JSON.stringify(passwords)];
      // Strapi says so only to a logged-in user whose request has its body.
      expect(await run(['call', '/auth/change-password', ...body])).toMatch(
        /The provided current password is invalid.*\n400\n$/s,
      );

      server.clock.advance(ACCESS_TOKEN_LIFE);
      expect(await run(['call', '/users/me'])).toMatch(/\n200\n$/);
      expect(await sessionsOf(server, user)).toEqual([{ generation: 2, revokedReason: null }]);
    });

    it('may run several times at once', async () => {
      const { run, user } = await logIn(script);
      server.clock.advance(ACCESS_TOKEN_LIFE);

      const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => run(['call', '/users/me'])));

      for (const answer of answers) expect(answer).toMatch(/\n200\n$/);
      expect(line.refreshes()).toBe(1);
      expect(await sessionsOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
    });

    it('asks again when the answer to a refresh is lost', async () => {
      const { run, user } = await logIn(script);
      server.clock.advance(ACCESS_TOKEN_LIFE);
      line.lose(REFRESH, 2);

      expect(await run(['call', '/users/me'])).toMatch(/\n200\n$/);

      expect(await sessionsOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
    });

    it('stays logged in when it is cut off while it refreshes', async () => {
      const { run, user, folder } = await logIn(script);
      server.clock.advance(ACCESS_TOKEN_LIFE);
      line.lose(REFRESH, 3);
      await expect(run(['call', '/users/me'])).rejects.toThrow('curl:');
      const modes = readdirSync(folder).map((name) => statSync(path.join(folder, name)).mode);
      expect(modes.map((mode) => mode & 0o077)).toEqual(modes.map(() => 0));
      server.clock.advance(DAY);

      expect(await run(['call', '/users/me'])).toMatch(/\n200\n$/);

      expect(await sessionsOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
      expect(new Set(line.keys())).toEqual(new Set([line.keys()[0]]));
    });

    it('sends the same key with each retry, and another one with the next token', async () => {
      const { run } = await logIn(script);
      server.clock.advance(ACCESS_TOKEN_LIFE);
      line.lose(REFRESH, 1);
      await run(['call', '/users/me']);
      server.clock.advance(ACCESS_TOKEN_LIFE);

      await run(['call', '/users/me']);

      const [first, second, next] = line.keys();
      expect(first).toMatch(/^[\x21-\x7e]{22,128}$/);
      expect(second).toBe(first);
      expect(next).toMatch(/^[\x21-\x7e]{22,128}$/);
      expect(next).not.toBe(first);
    });

    it('keeps the session when a refresh is answered with 503', async () => {
      const { run } = await logIn(script);
      server.clock.advance(ACCESS_TOKEN_LIFE + LEEWAY);
      line.breakDown(REFRESH, 503);
      await expect(run(['call', '/users/me'])).rejects.toThrow('Out of order');

      line.repair();

      expect(await run(['call', '/users/me'])).toMatch(/\n200\n$/);
    });

    it('logs out', async () => {
      const { run, user, folder } = await logIn(script);

      expect(await run(['logout'])).toBe('{"ok":true}');

      expect(readdirSync(folder)).toEqual(['lock']);
      expect(await sessionsOf(server, user)).toEqual([
        { generation: 0, revokedReason: 'logout' },
      ]);
    });
  });
});
