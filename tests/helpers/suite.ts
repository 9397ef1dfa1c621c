import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { createUser, login, refreshByBody, fetchOwnAccount, type ClientTokens } from './users';
import { startServer, type Project, type TestServer } from './server';

/** The server of a test file. */
export interface SuiteServer extends Omit<TestServer, 'stop'> {
  /**
   * Runs a function that must log errors: at least one line, and every line matches the pattern. An
   * error line that is logged at any other time fails the file.
   */
  expectErrors(pattern: RegExp, run: () => Promise<unknown>): Promise<void>;
}

const isError = (line: string): boolean => line.startsWith('error:');

/** Stops a server, and fails if it has logged an error. */
export const stopWithoutErrors = async (server: TestServer): Promise<void> => {
  await server.stop();
  expect(server.log.filter(isError), 'logged at level error').toEqual([]);
};

/**
 * Boots a server for one test and stops it afterwards: two Strapi instances cannot run in one process.
 * Fails if the server has logged an error.
 *
 * @param variables environment variables that override those of `testEnvironment`
 */
export const withServer = async (
  variables: Record<string, string>,
  run: (server: TestServer) => Promise<void>,
  project?: Project,
): Promise<void> => {
  const server = await startServer(variables, project);
  try {
    await run(server);
    expect(server.log.filter(isError), 'logged at level error').toEqual([]);
  } finally {
    await server.stop();
  }
};

/**
 * Boots a server for all tests of a file, and logs in a user whom no test knows. After all tests this
 * session must still work, and no unexpected error may have been logged. The clock is reset after each
 * test, so that tests can run in any order.
 *
 * @param variables environment variables that override those of `testEnvironment`
 */
export const useServer = (
  variables: Record<string, string> = {},
  project?: Project,
): SuiteServer => {
  let running: TestServer | undefined;
  let bystander: ClientTokens;
  let bootedAt: number;
  const expectedErrors = new Set<number>();

  const server = (): TestServer => {
    if (!running) throw new Error('The server runs only while tests run');
    return running;
  };
  const resetClock = () => server().clock.advance(bootedAt - server().clock.now());

  beforeAll(async () => {
    running = await startServer(variables, project);
    bootedAt = running.clock.now();
    bystander = await login(running, await createUser(running));
  });

  afterEach(resetClock);

  afterAll(async () => {
    if (!running) return;
    try {
      await fetchOwnAccount(running, bystander).expect(200);
      await refreshByBody(running, bystander.refreshToken).expect(200);
      const unexpected = running.log.filter(
        (line, index) => isError(line) && !expectedErrors.has(index),
      );
      expect(unexpected, 'logged at level error').toEqual([]);
    } finally {
      await running.stop();
    }
  });

  return {
    get strapi() {
      return server().strapi;
    },
    get clock() {
      return server().clock;
    },
    get log() {
      return server().log;
    },
    request: () => server().request(),
    statements: (run) => server().statements(run),
    async expectErrors(pattern, run) {
      const { log } = server();
      const from = log.length;
      await run();
      const errors = log.map((line, index) => ({ line, index })).slice(from);
      const logged = errors.filter(({ line }) => isError(line));
      expect(logged, 'logged at level error').not.toEqual([]);
      for (const { line, index } of logged) {
        expect(line).toMatch(pattern);
        expectedErrors.add(index);
      }
    },
  };
};
