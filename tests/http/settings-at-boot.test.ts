import { afterEach, describe, expect, it } from 'vitest';
import { newDatabase } from '../helpers/databases';
import { testEnvironment } from '../helpers/environment';
import { spawnStrapi, startStrapi, type StrapiProcess } from '../helpers/process';

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

/** A missing variable of ours, an invalid one, and missing secrets of Strapi. */
const INVALID = {
  REFRESH_SECRET: '',
  JWT_SECRET_EXPIRES: '360',
  APP_KEYS: '',
  ADMIN_JWT_SECRET: '',
  API_TOKEN_SALT: '',
};

describe('npm start', () => {
  it('refuses to boot with invalid settings, names each once and prints no secret', async () => {
    const { environment, strapi } = await start(INVALID);

    const code = await strapi.exited;

    const output = strapi.output();
    expect(code).not.toBe(0);
    expect(code).not.toBeNull();
    for (const name of Object.keys(INVALID)) {
      expect(output).toMatch(new RegExp(`^\\s*${name}: `, 'm'));
      expect(output.split(name), name).toHaveLength(2);
    }
    expect(output).not.toMatch(/^\s+at /m);
    for (const secret of secretsOf(environment)) expect(output).not.toContain(secret);
  });

  it('listens with valid settings', async () => {
    const environment = testEnvironment(await newDatabase());

    strapi = await startStrapi(environment);

    expect(strapi.output()).not.toContain('Invalid settings');
  });
});
