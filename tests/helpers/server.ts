import { createRequire } from 'node:module';
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
import { projectRoot } from './paths';

// Strapi is CommonJS and imports `lodash/fp` in a way that only Node itself resolves.
const require = createRequire(import.meta.url);

/** A Strapi that has really booted, on a database of its own. */
export interface TestServer {
  readonly strapi: Core.Strapi;
  readonly clock: TestClock;
  /** Everything that was logged, as `level: message`. */
  readonly log: readonly string[];
  /** Sends a request over real HTTP. */
  request(): ReturnType<typeof supertest>;
  /** Runs something and counts the SQL statements it took. */
  statements(run: () => Promise<unknown>): Promise<string[]>;
  stop(): Promise<void>;
}

const captureLog = (strapi: Core.Strapi): string[] => {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      // Strapi colours the level before any transport sees it.
      lines.push(stripVTControlCharacters(chunk.toString()).trim());
      done();
    },
  });
  strapi.log
    .clear()
    .add(new winston.transports.Stream({ stream, format: winston.format.simple() }));
  return lines;
};

/**
 * Waits until no query runs: Strapi tells of a change after it has answered, with queries that would
 * wait for ever on a pool that is gone.
 */
const queriesHaveEnded = async ({ db }: Core.Strapi): Promise<void> => {
  await setImmediate();
  const { pool } = db.connection.client;
  await vi.waitUntil(() => pool.numUsed() + pool.numPendingAcquires() === 0, { interval: 10 });
};

/** Sets variables of this process; what it gives puts back those that were there before. */
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

const countStatements =
  (strapi: Core.Strapi): TestServer['statements'] =>
  async (run) => {
    const seen: string[] = [];
    const note = ({ sql }: { sql: string }) => seen.push(sql);
    strapi.db.connection.on('query', note);
    try {
      await run();
    } finally {
      strapi.db.connection.removeListener('query', note);
    }
    return seen;
  };

/** Where a Strapi application is, and where its code is to be loaded from. */
interface Application {
  readonly appDir: string;
  readonly distDir: string;
}

const boot = async (
  { appDir, distDir }: Application,
  variables: Record<string, string>,
): Promise<Omit<TestServer, 'clock'>> => {
  // Whoever names a database keeps it, for another boot.
  const own = variables.DATABASE_CLIENT === undefined ? await newDatabase() : undefined;
  const putVariablesBack = setVariables({ ...testEnvironment(own), ...variables });

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
    statements: countStatements(strapi),
    stop: async () => {
      await queriesHaveEnded(strapi);
      await strapi.destroy();
      putVariablesBack();
      if (own) await dropDatabase(own);
    },
  };
};

/** What a server runs: the project as it is, or with the content type `api::note.note` of the tests. */
export type Project = 'project' | 'projectWithNotes';

/** The lowest cost that bcrypt knows. Strapi's own, 10, would take most of the time of the tests. */
const BCRYPT_ROUNDS = 4;

/** Makes the server hash the passwords of users at the lowest cost; a login costs what its hash did. */
const hashCheaply = (strapi: Core.Strapi): void => {
  const { attributes } = strapi.getModel('plugin::users-permissions.user');
  Object.assign(attributes.password, { encryption: { rounds: BCRYPT_ROUNDS } });
};

/**
 * Boots Strapi as `npm start` would.
 *
 * @param variables environment variables that differ from those of every test
 */
export const startServer = async (
  variables: Record<string, string> = {},
  project: Project = 'project',
): Promise<TestServer> => {
  const distDir = inject(project === 'project' ? 'distDir' : 'distDirWithNotes');
  const server = await boot({ appDir: projectRoot, distDir }, variables);
  hashCheaply(server.strapi);
  const clock = createTestClock();
  server.strapi.plugin('users-permissions').service('session').clock.now = clock.now;
  return { ...server, clock };
};

/**
 * Boots a Strapi as it comes, in its own `jwtManagement: 'refresh'`.
 *
 * @param variables environment variables that differ from those of every test
 */
export const startStockServer = (
  variables: Record<string, string> = {},
): Promise<Omit<TestServer, 'clock'>> => {
  const appDir = path.join(projectRoot, 'tests/fixtures/strapi-refresh-mode');
  return boot({ appDir, distDir: appDir }, variables);
};
