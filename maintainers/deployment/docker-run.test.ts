import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openBrowser, type Browser, type Site } from '../helpers/browser-client';
import { environmentOf, envLines } from '../../tests/helpers/env-file';
import { createCertificate, runNginx } from '../helpers/nginx';
import { projectRoot } from '../../tests/helpers/paths';
import { postgresPrograms, startPostgresCluster } from '../helpers/postgres-cluster';
import { runSql } from '../helpers/postgres-database';
import { freePort } from '../../tests/helpers/process';
import { startProgram, waitUntilReady, type Program } from '../../tests/helpers/program';
import { isRedisReachable, REDIS_URL } from '../../tests/helpers/redis';
import { hasProgram, isRunnable } from '../helpers/requirements';
import { readComposeFile } from './compose-file';
import { buildImage, type Image } from './image';

const run = promisify(execFile);
const RUNS_AS_ROOT = process.getuid?.() === 0;

/** In milliseconds. Installing and building takes minutes, on a busy machine many. */
const BUILD_TIMEOUT = 1_800_000;

type Variables = Readonly<Record<string, string>>;

const programs = postgresPrograms();
const runnable = isRunnable('The files for Docker', {
  nginx: hasProgram('nginx', '-v'),
  openssl: hasProgram('openssl', 'version'),
  'PostgreSQL in /usr/lib/postgresql': programs !== undefined,
  'Redis at TEST_REDIS_URL': await isRedisReachable(),
});

/** Creates an `.env` as docs/deploying.md describes it; returns its variables. */
const createEnvFile = (folder: string): Variables => {
  const file = path.join(folder, 'env');
  execFileSync('node', ['scripts/create-env.mjs'], {
    cwd: projectRoot,
    env: { ...process.env, ENV_PATH: file },
  });
  return {
    ...environmentOf(envLines(readFileSync(file, 'utf8'))),
    DATABASE_PASSWORD: randomUUID(),
  };
};

/** A process that runs the image in place of a container. */
interface Container {
  readonly program: Program;
  isHealthy(): Promise<boolean>;
  /** Sends SIGTERM, as `docker stop` does; resolves to the exit code. */
  stop(): Promise<number | null>;
}

const startContainer = (
  { folder, environment, command, healthCommand, user, home }: Image,
  variables: Variables,
): Container => {
  // Of this process's environment only PATH, to find Node. Variables of compose.yaml override those of the image.
  const env = { PATH: process.env.PATH, HOME: home, ...environment, ...variables };
  const [file = '', ...args] = command;
  const program = startProgram(file, args, { cwd: folder, env, ...user });

  return {
    program,
    isHealthy: async () => {
      const [check = '', ...rest] = healthCommand;
      return run(check, rest, { cwd: folder, env, ...user }).then(
        () => true,
        () => false,
      );
    },
    stop: () => program.stop('SIGTERM'),
  };
};

/** Returns `deploy/nginx.conf` with addresses, ports and paths of this machine. */
const nginxConfiguration = (
  names: readonly string[],
  ports: readonly number[],
  listen: { readonly http: number; readonly https: number },
  certificates: string,
): string => {
  const text = readFileSync(path.join(projectRoot, 'deploy', 'nginx.conf'), 'utf8');
  return names
    .reduce((conf, name, index) => conf.replace(`${name}:1337`, `127.0.0.1:${ports[index]}`), text)
    .replace('listen 80;', `listen 127.0.0.1:${listen.http};`)
    .replace('listen 443 ssl;', `listen 127.0.0.1:${listen.https} ssl;`)
    .replaceAll('/etc/nginx/certificates', certificates);
};

describe.skipIf(!runnable)('The image of the Dockerfile, run as compose.yaml says,', () => {
  const undo: (() => unknown)[] = [];
  const containers: Container[] = [];
  let image: Image;
  let site: Site;
  let httpPort: number;
  let browser: Browser;

  beforeAll(async () => {
    const folder = mkdtempSync(path.join(inject('databaseDir'), 'docker-'));
    const variables = createEnvFile(folder);
    const composeFile = readComposeFile(variables);
    const instances = Object.entries(composeFile.services).filter(([, { build }]) => build);

    image = await buildImage();
    undo.push(image.remove);
    const cluster = await startPostgresCluster(programs ?? '');
    undo.push(cluster.remove);
    const { POSTGRES_DB, POSTGRES_USER, POSTGRES_PASSWORD } =
      composeFile.services.postgres?.environment ?? {};
    await runSql(cluster.url, `create role ${POSTGRES_USER} login password '${POSTGRES_PASSWORD}'`);
    await runSql(cluster.url, `create database ${POSTGRES_DB} owner ${POSTGRES_USER}`);

    const ports: number[] = [];
    for (const [, { environment }] of instances) {
      const port = await freePort();
      ports.push(port);
      const container = startContainer(image, {
        ...variables,
        ...environment,
        PORT: String(port),
        DATABASE_HOST: '127.0.0.1',
        DATABASE_PORT: new URL(cluster.url).port,
        REDIS_URL,
        STRAPI_TELEMETRY_DISABLED: 'true',
      });
      containers.push(container);
      undo.push(container.stop);
      expect(await container.isHealthy(), 'healthy before it listens').toBe(false);
      await waitUntilReady('The container', container.program, container.isHealthy, 100_000);
    }

    createCertificate(folder);
    httpPort = await freePort();
    const https = await freePort();
    site = {
      origin: `https://127.0.0.1:${https}`,
      certificate: readFileSync(path.join(folder, 'certificate.pem'), 'utf8'),
    };
    browser = openBrowser(site);
    undo.push(browser.close);
    const names = instances.map(([name]) => name);
    const text = nginxConfiguration(names, ports, { http: httpPort, https }, folder);
    const nginxFolder = path.join(folder, 'nginx');
    mkdirSync(nginxFolder);
    const nginx = await runNginx(nginxFolder, text, async () => {
      const response = await browser.get('/_health').catch(() => null);
      return response?.status === 204;
    });
    undo.push(nginx.stop);
  }, BUILD_TIMEOUT);

  afterAll(async () => {
    for (const step of undo.reverse()) await step();
  }, BUILD_TIMEOUT);

  const register = async () => {
    const username = `user-${randomUUID()}`;
    const body = { username, email: `${username}@example.com`, password: 'correct-horse' };
    // Rejects when the cookie is not `Secure`.
    const response = await browser.post('/api/auth/local/register', body, {
      'X-Forwarded-For': '203.0.113.66',
    });
    expect(response).toMatchObject({ status: 200, body: { user: { username } } });
    expect(response.refreshToken).toBeDefined();
    return (response.body as { jwt: string }).jwt;
  };

  it.runIf(RUNS_AS_ROOT)('runs as a user who can write uploads, but not the code', async () => {
    const isWritable = (name: string) =>
      run('test', ['-w', path.join(image.folder, name)], image.user).then(
        () => true,
        () => false,
      );

    for (const name of ['public/uploads', '.tmp']) expect(await isWritable(name), name).toBe(true);
    for (const name of ['.', 'dist', 'node_modules', 'package.json', 'dist/src/index.js']) {
      expect(await isWritable(name), name).toBe(false);
    }
  });

  it('refreshes a session at both instances, and logs it out at both', async () => {
    await register();
    for (let count = 0; count < 6; count += 1) {
      const { status, refreshToken } = await browser.post('/api/token/refresh');
      expect(status).toBe(200);
      expect(refreshToken).toBeDefined();
    }
    for (const { program } of containers) {
      expect(program.output()).toContain('POST /api/token/refresh');
    }

    expect(await browser.post('/api/auth/logout')).toMatchObject({
      status: 200,
      body: { ok: true },
    });

    expect((await browser.post('/api/token/refresh')).status).toBe(400);
  });

  it('stores the address of the client and ignores the X-Forwarded-For that the client sends', async () => {
    const jwt = await register();

    const { body } = await browser.get('/api/auth/sessions', { Authorization: `Bearer ${jwt}` });

    expect(body).toMatchObject({ data: [{ ipAddress: '127.0.0.1', current: true }] });
  });

  it('serves the admin panel', async () => {
    expect((await browser.get('/admin')).status).toBe(200);
  });

  it('redirects HTTP to HTTPS', async () => {
    const redirect = new Promise<{ status?: number; location?: string }>((resolve, reject) => {
      get(`http://127.0.0.1:${httpPort}/admin?page=1`, (response) => {
        response.resume();
        resolve({ status: response.statusCode, location: response.headers.location });
      }).on('error', reject);
    });

    expect(await redirect).toEqual({ status: 308, location: 'https://127.0.0.1/admin?page=1' });
  });

  it('exits with code 0 on SIGTERM, while the other instance goes on', async () => {
    const [first, second] = containers;

    expect(await first?.stop()).toBe(0);

    expect(await second?.isHealthy()).toBe(true);
    await register();
  });
});
