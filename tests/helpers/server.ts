import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import type * as StrapiModule from '@strapi/strapi';
import type { Core } from '@strapi/strapi';
import supertest from 'supertest';
import { inject, vi } from 'vitest';
import winston from 'winston';
import { createTestClock, type TestClock } from './clock';
import { dropDatabase, newDatabase } from './databases';
import { testEnvironment } from './environment';
import { createLoggedSecrets, rememberSecrets } from './logged-secrets';
import { projectRoot } from './paths';

// Vite cannot resolve the `lodash/fp` that Strapi imports. Node can.
const require = createRequire(import.meta.url);

/** A booted Strapi on its own database. */
export interface TestServer {
  readonly strapi: Core.Strapi;
  readonly clock: TestClock;
  /** All lines of the log, as `level: message`. */
  readonly log: readonly string[];
  /** Sends a request over real HTTP. */
  request(): ReturnType<typeof supertest>;
  /** Runs a function and returns the SQL statements that were executed meanwhile. */
  statements(run: () => Promise<unknown>): Promise<string[]>;
  stop(): Promise<void>;
}

/** Returns the port of a server that runs in this process. */
export const portOf = ({ strapi }: Pick<TestServer, 'strapi'>): number =>
  (strapi.server.httpServer.address() as AddressInfo).port;

const captureLog = (strapi: Core.Strapi): string[] => {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      // Strapi colours the level before the transport receives the line.
      lines.push(stripVTControlCharacters(chunk.toString()).trim());
      done();
    },
  });
  // The most talkative level, so that no test passes because a line with a secret is left out.
  strapi.log.level = 'silly';
  strapi.log
    .clear()
    .add(new winston.transports.Stream({ stream, format: winston.format.simple() }));
  return lines;
};

/**
 * Waits until no query runs. Strapi emits the events of a change after its response, with queries that
 * would never end on a destroyed pool.
 */
const waitForQueries = async ({ db }: Core.Strapi): Promise<void> => {
  await setImmediate();
  const { pool } = db.connection.client;
  // A test may have destroyed the server.
  if (!pool) return;
  await vi.waitUntil(() => pool.numUsed() + pool.numPendingAcquires() === 0, { interval: 10 });
};

/** Sets environment variables of this process. Returns the function that restores them. */
const setVariables = (variables: Record<string, string>): (() => void) => {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  };
};

const recordStatements =
  (strapi: Core.Strapi): TestServer['statements'] =>
  async (run) => {
    const statements: string[] = [];
    const record = ({ sql }: { sql: string }) => statements.push(sql);
    strapi.db.connection.on('query', record);
    try {
      await run();
    } finally {
      strapi.db.connection.removeListener('query', record);
    }
    return statements;
  };

/** The folder of a Strapi application, and that of its compiled code. */
interface Application {
  readonly appDir: string;
  readonly distDir: string;
}

const boot = async (
  { appDir, distDir }: Application,
  variables: Record<string, string>,
): Promise<Omit<TestServer, 'clock'>> => {
  // A database that the caller created is kept, for another boot.
  const own = variables.DATABASE_CLIENT === undefined ? await newDatabase() : undefined;
  const restoreVariables = setVariables({ ...testEnvironment(own), ...variables });

  const { createStrapi } = require('@strapi/strapi') as typeof StrapiModule;
  const strapi = createStrapi({ appDir, distDir, serveAdminPanel: false, autoReload: false });
  const log = captureLog(strapi);
  await strapi.load();
  strapi.server.mount();
  // A listening socket, so that parallel requests share one server.
  await new Promise<void>((resolve) => strapi.server.httpServer.listen(0, '127.0.0.1', resolve));

  return {
    strapi,
    log,
    request: () => supertest(strapi.server.httpServer),
    statements: recordStatements(strapi),
    stop: async () => {
      await waitForQueries(strapi);
      await strapi.destroy();
      restoreVariables();
      if (own) await dropDatabase(own);
    },
  };
};

/**
 * The project, the project with the content type `api::note.note` of the tests, or another compiled
 * copy of it.
 */
export type Project = 'project' | 'projectWithNotes' | { readonly distDir: string };

const distDirOf = (project: Project): string =>
  typeof project === 'object'
    ? project.distDir
    : inject(project === 'project' ? 'distDir' : 'distDirWithNotes');

/** The lowest cost of bcrypt. With Strapi's default, 10, hashing would take most of the time of the tests. */
const BCRYPT_ROUNDS = 4;

/** Lets the server hash the passwords of users at the lowest cost. */
const reduceHashCost = (strapi: Core.Strapi): void => {
  const { attributes } = strapi.getModel('plugin::users-permissions.user');
  Object.assign(attributes.password, { encryption: { rounds: BCRYPT_ROUNDS } });
};

/**
 * Boots the project, without the admin panel and with a clock that tests move. When it stops, its log
 * must not have a secret of any request or response.
 *
 * @param variables environment variables that override those of `testEnvironment`
 */
export const startServer = async (
  variables: Record<string, string> = {},
  project: Project = 'project',
): Promise<TestServer> => {
  const environment = { ...testEnvironment(), ...variables };
  const server = await boot({ appDir: projectRoot, distDir: distDirOf(project) }, environment);
  reduceHashCost(server.strapi);
  const clock = createTestClock();
  server.strapi.plugin('users-permissions').service('session').clock.now = clock.now;
  const secrets = createLoggedSecrets();
  secrets.addVariables(environment);
  // Before all others: they change the request, and one of them writes to the log.
  server.strapi.server.app.middleware.unshift(rememberSecrets(secrets));
  return {
    ...server,
    clock,
    stop: async () => {
      await server.stop();
      secrets.assertNoneIn(server.log);
    },
  };
};

/**
 * Boots a Strapi without this extension, in its own `jwtManagement: 'refresh'`.
 *
 * @param variables environment variables that override those of `testEnvironment`
 */
export const startStockServer = (
  variables: Record<string, string> = {},
): Promise<Omit<TestServer, 'clock'>> => {
  const appDir = path.join(projectRoot, 'tests/fixtures/strapi-refresh-mode');
  return boot({ appDir, distDir: appDir }, variables);
};
