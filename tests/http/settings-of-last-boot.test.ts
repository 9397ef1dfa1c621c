import { expect, it } from 'vitest';
import { newDatabase } from '../helpers/databases';
import { testEnvironment } from '../helpers/environment';
import { withServer } from '../helpers/suite';

it('A boot warns of settings that should be the same on all instances and have changed since the last one', async () => {
  const environment = testEnvironment(await newDatabase());
  /** Boots; returns the warnings that compare with the boot before. */
  const boot = async (variables: Record<string, string> = {}): Promise<string[]> => {
    let log: readonly string[] = [];
    await withServer({ ...environment, ...variables }, (server) => {
      log = server.log;
      return Promise.resolve();
    });
    return log.filter((line) => line.startsWith('warn: At the last boot on this database'));
  };

  expect(await boot()).toEqual([]);
  expect(await boot()).toEqual([]);
  const warnings = await boot({
    REFRESH_COOKIE_NAME: 'session',
    REFRESH_TOKEN_LEEWAY: '0s',
    REFRESH_TOKEN_TRANSPORT: 'body',
  });
  expect(
    warnings.map((line) => line.match(/set\. (\w+) is (.*), and was (\S+): /)?.slice(1)),
  ).toEqual([
    ['REFRESH_COOKIE_NAME', 'session', 'refreshToken'],
    ['REFRESH_TOKEN_LEEWAY', '0ms', '10s'],
    ['REFRESH_TOKEN_TRANSPORT', 'body', 'cookie'],
  ]);
  expect(await boot({ REDIS_URL: 'redis://127.0.0.1:1' })).toHaveLength(3);
  const [warning, ...others] = await boot();
  expect(warning).toContain('REDIS_URL is not set, and was set');
  expect(others).toEqual([]);
});
