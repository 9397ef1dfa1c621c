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
import { readComposition, type Service } from './composition';
import { createIgnore, parseDockerfile } from './dockerfile';

const read = (name: string): string => readFileSync(path.join(projectRoot, name), 'utf8');

const dockerfile = parseDockerfile(read('Dockerfile'));
const nginxConfiguration = read('deploy/nginx.conf');
const composition = readComposition({ DATABASE_PASSWORD: 'a-password' });
const services = Object.entries(composition.services);
const instances = services.filter(([, { build }]) => build !== undefined);

const serviceOf = (name: string | undefined): Service => {
  const service = composition.services[name ?? ''];
  if (!service) throw new Error(`There is no service "${name}"`);
  return service;
};

describe('Dockerfile', () => {
  it('runs what was compiled on the same Debian and Node', () => {
    const [build, final] = dockerfile.map(({ image }) => image);
    expect(final).toBe(`${build}-slim`);
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
  ])('keeps %s out', (file) => {
    expect(isIgnored(file)).toBe(true);
  });
});

describe('compose.yaml', () => {
  it('does not start without a password for the database', () => {
    expect(() => readComposition({})).toThrow('set DATABASE_PASSWORD in .env');
  });

  it.each(instances)('%s gets variables that the settings know, and accept', (_name, service) => {
    const { environment = {} } = service;
    expect(variableNames).toEqual(expect.arrayContaining(Object.keys(environment)));

    const ofFile = environmentOf(envLines(read('.env.example')));
    const secrets = testEnvironment();
    const filledIn = Object.entries(ofFile).map(([name, value]) => [
      name,
      value.includes('tobemodified') ? secrets[name] : value,
    ]);
    const settings = readSettings({ ...Object.fromEntries(filledIn), ...environment }, true);
    expect(settings.redisUrl).toBe(environment.REDIS_URL);
    expect(settings.cookie.secure).toBe(true);
  });

  it.each(instances)('%s uses the database and the Redis that are there', (_name, service) => {
    const { DATABASE_HOST, DATABASE_NAME, DATABASE_USERNAME, DATABASE_PASSWORD, REDIS_URL } =
      service.environment ?? {};
    expect(serviceOf(DATABASE_HOST).environment).toEqual({
      POSTGRES_DB: DATABASE_NAME,
      POSTGRES_USER: DATABASE_USERNAME,
      POSTGRES_PASSWORD: DATABASE_PASSWORD,
    });
    expect(serviceOf(new URL(REDIS_URL ?? '').hostname).image).toMatch(/^redis:/);
  });

  it('lets one instance make the tables before the other starts', () => {
    const [first, second] = instances;
    expect(second?.[1].depends_on).toHaveProperty([first?.[0] ?? '']);
  });
});

describe('deploy/nginx.conf', () => {
  it('sends requests to every instance, at the port that it listens on', () => {
    const upstreams = [...nginxConfiguration.matchAll(/server ([\w-]+:\d+) /g)].map(
      ([, address]) => address,
    );
    expect(upstreams).toEqual(
      instances.map(([name, { environment }]) => `${name}:${environment?.PORT}`),
    );
  });

  it('listens on the ports that are published, and finds its certificate where it is mounted', () => {
    const { ports = [], volumes = [] } = serviceOf('nginx');
    const listens = [...nginxConfiguration.matchAll(/listen (\d+)/g)].map(([, port]) => port);
    expect(ports.map((port) => port.split(':')[1])).toEqual(listens);

    const mounted = volumes.map((volume) => volume.split(':')[1]);
    for (const [, file = ''] of nginxConfiguration.matchAll(/ssl_certificate\w* (\S+);/g)) {
      expect(mounted).toContain(path.dirname(file));
    }
  });
});
