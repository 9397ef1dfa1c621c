import {
  claimsOf,
  cookieOf,
  refreshByBody,
  COOKIE_TRANSPORT,
  type TestUser,
} from '../../tests/helpers/users';
import type { SuiteServer } from '../../tests/helpers/suite';
import type { RawRequest } from './raw-http';
import type { FuzzTokens } from './tokens';

/** The number of requests of each test. `.ci/run` sends fewer. */
export const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 10_000);

/** Of the random requests. The same seed generates the same ones. */
export const SEED = Number(process.env.FUZZ_SEED ?? 20_260_101);

/** How many requests are sent in parallel, each on its own connection. */
export const PARALLEL = 20;

/** In milliseconds. No request may take longer. */
export const RESPONSE_TIMEOUT = 5_000;

export const BATCH_SIZE = 100;

/** Starts two sessions of a user for one batch, without a login: hashing a password would take most of the time. */
export const createFuzzTokens = async (
  server: SuiteServer,
  user: Pick<TestUser, 'id'>,
): Promise<FuzzTokens> => {
  const sessions = server.strapi.plugin('users-permissions').service('session');
  const start = () =>
    sessions.start(user.id, { ipAddress: null, userAgent: null, deviceName: null });
  const { accessToken, refreshToken } = await start();
  const inBrowser = await refreshByBody(server, (await start()).refreshToken).set(COOKIE_TRANSPORT);
  return {
    accessToken,
    refreshToken,
    cookie: cookieOf(inBrowser),
    sessionId: claimsOf(accessToken).sessionId as string,
    accessSecret: process.env.JWT_SECRET ?? '',
    refreshSecret: process.env.REFRESH_SECRET ?? '',
  };
};

/** Describes a request in the message of a failed test. */
export const describeRequest = ({ method, path, headers, body }: RawRequest): string =>
  JSON.stringify({
    method,
    path: path.slice(0, 200),
    headers: headers.map(([name, value]) => `${name}: ${value.slice(0, 200)}`),
    body: body?.subarray(0, 200).toString('latin1'),
  });

/** Runs a function for each item, several in parallel. Resolves to the results that are not null. */
export const inParallel = async <Item>(
  items: readonly Item[],
  run: (item: Item) => Promise<string | null>,
): Promise<string[]> => {
  const waiting = [...items];
  const results: string[] = [];
  const runRemaining = async (): Promise<void> => {
    for (let item = waiting.pop(); item; item = waiting.pop()) {
      const result = await run(item);
      if (result) results.push(result);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, runRemaining));
  return results;
};
