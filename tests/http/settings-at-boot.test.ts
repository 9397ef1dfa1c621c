import { afterEach, describe, expect, it } from 'vitest';
import { newDatabase } from '../helpers/databases';
import { testEnvironment } from '../helpers/environment';
import { freePort, spawnStrapi, type StrapiProcess } from '../helpers/process';

let strapi: StrapiProcess | undefined;
afterEach(() => strapi?.stop());

const start = async (variables: Record<string, string>) => {
  const environment = { ...testEnvironment(await newDatabase()), ...variables };
  strapi = spawnStrapi(environment);
  return { environment, strapi };
};

const secretsOf = (environment: Record<string, string>): string[] =>
  ['APP_KEYS', 'JWT_SECRET', 'REFRESH_SECRET', 'ADMIN_JWT_SECRET', 'API_TOKEN_SALT']
    .map((name) => environment[name])
    .filter((secret): secret is string => Boolean(secret));

describe('npm start', () => {
  const unusable: [string, Record<string, string>, string[]][] = [
    ['REFRESH_SECRET unset', { REFRESH_SECRET: '' }, ['REFRESH_SECRET']],
    ['a lifetime without a unit', { JWT_SECRET_EXPIRES: '360' }, ['JWT_SECRET_EXPIRES']],
    [
      'both',
      { REFRESH_SECRET: '', JWT_SECRET_EXPIRES: '360' },
      ['REFRESH_SECRET', 'JWT_SECRET_EXPIRES'],
    ],
    [
      'no secret that Strapi itself needs',
      { APP_KEYS: '', ADMIN_JWT_SECRET: '', API_TOKEN_SALT: '' },
      ['APP_KEYS', 'ADMIN_JWT_SECRET', 'API_TOKEN_SALT'],
    ],
  ];

  it.each(unusable)('with %s refuses to boot and names each', async (_name, variables, named) => {
    const { environment, strapi } = await start(variables);

    const code = await strapi.exited;

    const output = strapi.output();
    expect(code).not.toBe(0);
    expect(code).not.toBeNull();
    for (const name of named) expect(output).toMatch(new RegExp(`^\\s*${name}: `, 'm'));
    expect(output).not.toMatch(/^\s+at /m);
    for (const secret of secretsOf(environment)) expect(output).not.toContain(secret);
  });

  it('says what is wrong once', async () => {
    const { strapi } = await start({ REFRESH_SECRET: '' });

    await strapi.exited;

    expect(strapi.output().match(/REFRESH_SECRET/g)).toHaveLength(1);
  });

  it('with good settings listens', async () => {
    const port = await freePort();
    const { strapi } = await start({ PORT: String(port) });

    const isHealthy = async (): Promise<boolean> => {
      const response = await fetch(`http://127.0.0.1:${port}/_health`).catch(() => null);
      return response?.status === 204;
    };
    await expect.poll(isHealthy, { timeout: 50_000, interval: 200 }).toBe(true);

    expect(strapi.output()).not.toContain('Invalid settings');
  });
});
