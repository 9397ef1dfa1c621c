import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  readSettings,
  variableNames,
} from '../../src/extensions/users-permissions/refresh-tokens/settings/settings';
import { environmentOf, envLines } from '../../tests/helpers/env-file';
import { testEnvironment } from '../../tests/helpers/environment';
import { projectRoot } from '../../tests/helpers/paths';
import { readComposeFile, type Service } from './compose-file';
import { createIgnore, parseDockerfile } from './dockerfile';

const read = (name: string): string => readFileSync(path.join(projectRoot, name), 'utf8');

const dockerfile = parseDockerfile(read('Dockerfile'));
const nginxConfiguration = read('deploy/nginx.conf');
const composeFile = readComposeFile({ DATABASE_PASSWORD: 'a-password' });
const services = Object.entries(composeFile.services);
const instances = services.filter(([, { build }]) => build !== undefined);

const serviceOf = (name: string | undefined): Service => {
  const service = composeFile.services[name ?? ''];
  if (!service) throw new Error(`compose.yaml has no service "${name}"`);
  return service;
};

describe('Dockerfile', () => {
  it('builds and runs on the same image', () => {
    expect(dockerfile.map(({ image }) => image)).toEqual(['${NODE_IMAGE}', '${NODE_IMAGE}']);
  });
});

describe('.dockerignore', () => {
  const isIgnored = createIgnore(read('.dockerignore'));

  it.each([
    '.env',
    '.env.production',
    '.git/config',
    '.tmp/data.db',
    'deploy/certificates/key.pem',
    'dist/a.js',
    'node_modules/koa/package.json',
    'public/uploads/photo.jpg',
    'tests/tsconfig.json',
  ])('excludes %s', (file) => {
    expect(isIgnored(file)).toBe(true);
  });
});

describe('compose.yaml', () => {
  it('does not start without a password for the database', () => {
    expect(() => readComposeFile({})).toThrow('set DATABASE_PASSWORD in .env');
  });

  it.each(instances)(
    '%s sets only variables that the settings know and accept',
    (_name, service) => {
      const { environment = {} } = service;
      expect(variableNames).toEqual(expect.arrayContaining(Object.keys(environment)));

      const exampleVariables = environmentOf(envLines(read('.env.example')));
      const secrets = testEnvironment();
      const filledIn = Object.entries(exampleVariables).map(([name, value]) => [
        name,
        value.includes('tobemodified') ? secrets[name] : value,
      ]);
      const settings = readSettings({ ...Object.fromEntries(filledIn), ...environment }, true);
      expect(settings.redisUrl).toBe(environment.REDIS_URL);
      expect(settings.cookie.secure).toBe(true);
    },
  );

  it.each(instances)('%s uses the database and the Redis of the same file', (_name, service) => {
    const { DATABASE_HOST, DATABASE_NAME, DATABASE_USERNAME, DATABASE_PASSWORD, REDIS_URL } =
      service.environment ?? {};
    expect(serviceOf(DATABASE_HOST).environment).toEqual({
      POSTGRES_DB: DATABASE_NAME,
      POSTGRES_USER: DATABASE_USERNAME,
      POSTGRES_PASSWORD: DATABASE_PASSWORD,
    });
    expect(serviceOf(new URL(REDIS_URL ?? '').hostname).image).toMatch(/^redis:/);
  });

  it('starts the second instance after the first one has created the tables', () => {
    const [first, second] = instances;
    expect(second?.[1].depends_on).toHaveProperty([first?.[0] ?? '']);
  });
});

describe('deploy/nginx.conf', () => {
  it('forwards requests to every instance, at the port on which it listens', () => {
    const upstreams = [...nginxConfiguration.matchAll(/server ([\w-]+:\d+) /g)].map(
      ([, address]) => address,
    );
    expect(upstreams).toEqual(
      instances.map(([name, { environment }]) => `${name}:${environment?.PORT}`),
    );
  });

  it('listens on the published ports, and reads its certificate from the mounted folder', () => {
    const { ports = [], volumes = [] } = serviceOf('nginx');
    const listens = [...nginxConfiguration.matchAll(/listen (\d+)/g)].map(([, port]) => port);
    expect(ports.map((port) => port.split(':')[1])).toEqual(listens);

    const mounted = volumes.map((volume) => volume.split(':')[1]);
    for (const [, file = ''] of nginxConfiguration.matchAll(/ssl_certificate\w* (\S+);/g)) {
      expect(mounted).toContain(path.dirname(file));
    }
  });
});
