import fc from 'fast-check';
import chunk from 'lodash/chunk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fuzzRequest } from './requests';
import type { FuzzTokens } from './tokens';
import {
  claimsOf,
  cookieOf,
  createUser,
  login,
  tokensFrom,
  refresh,
  refreshByBody,
  COOKIE_TRANSPORT,
  fetchOwnAccount,
  type TestUser,
} from '../../tests/helpers/users';
import { createRawClient, type RawClient, type RawRequest } from './raw-http';
import { portOf } from '../../tests/helpers/server';
import { useServer } from '../../tests/helpers/suite';

const REQUESTS = 10_000;
/** How many requests are sent in parallel, each on its own connection. */
const PARALLEL = 20;
/** In milliseconds. No request may take longer. */
const RESPONSE_TIMEOUT = 5_000;
const BATCH_SIZE = 100;

const SEED = Number(process.env.FUZZ_SEED ?? 20_260_101);

const server = useServer({ IS_PROXIED: 'true', SESSION_LIMIT: '0' });
let rawClient: RawClient;

beforeAll(() => {
  const port = portOf(server);
  rawClient = createRawClient(port, PARALLEL, RESPONSE_TIMEOUT);
});
afterAll(() => rawClient.close());

/** Starts two sessions of a user for one batch, without a login: hashing a password would take most of the time. */
const createFuzzTokens = async (user: TestUser): Promise<FuzzTokens> => {
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

const describeRequest = ({ method, path, headers, body }: RawRequest): string =>
  JSON.stringify({
    method,
    path: path.slice(0, 200),
    headers: headers.map(([name, value]) => `${name}: ${value.slice(0, 200)}`),
    body: body?.subarray(0, 200).toString('latin1'),
  });

/** Refusals that are not in Strapi's format: 405 is from Koa's router, 431 (too many headers) from Node. */
const REFUSED_OUTSIDE_STRAPI = [405, 431];

const isStrapiRefusal = (status: number, body: string): boolean => {
  try {
    const { data, error } = JSON.parse(body) as { data: unknown; error: { status: number } };
    return data === null && error.status === status;
  } catch {
    return false;
  }
};

const seenStatuses = new Set<number>();

/** Sends a request. Resolves to a description of what is wrong with the response, or to null. */
const findProblem = async (raw: RawRequest): Promise<string | null> => {
  const response = await rawClient.send(raw).catch((error: Error) => error);
  if (response instanceof Error) return `${response.message}: ${describeRequest(raw)}`;

  const { status, body } = response;
  seenStatuses.add(status);
  const isWellFormed =
    status < 400 ||
    raw.method === 'HEAD' ||
    REFUSED_OUTSIDE_STRAPI.includes(status) ||
    isStrapiRefusal(status, body);
  return status < 500 && isWellFormed
    ? null
    : `${status} ${body.slice(0, 300)}: ${describeRequest(raw)}`;
};

/** Sends all requests, several in parallel. Resolves to the problems with their responses. */
const sendAll = async (raws: readonly RawRequest[]): Promise<string[]> => {
  const waiting = [...raws];
  const problems: string[] = [];
  const sendRemaining = async (): Promise<void> => {
    for (let raw = waiting.pop(); raw; raw = waiting.pop()) {
      const problem = await findProblem(raw);
      if (problem) problems.push(problem);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, sendRemaining));
  return problems;
};

const TITLE = `${REQUESTS} malformed requests (FUZZ_SEED=${SEED}) cause no 5xx, no error in the log, and no refusal of another user`;

it(TITLE, { timeout: 300_000 }, async () => {
  const requests = fc.sample(fuzzRequest, { numRuns: REQUESTS, seed: SEED });
  const user = await createUser(server);
  let tokensOfAnother = await login(server, await createUser(server));

  for (const batch of chunk(requests, BATCH_SIZE)) {
    const fuzzTokens = await createFuzzTokens(user);

    const problems = await sendAll(batch.map((build) => build(fuzzTokens)));

    expect(problems).toEqual([]);
    tokensOfAnother = tokensFrom(await refresh(server, tokensOfAnother).expect(200));
    await fetchOwnAccount(server, tokensOfAnother).expect(200);
  }

  expect(server.log.filter((line) => line.startsWith('error:'))).toEqual([]);
  expect(server.log.filter((line) => line.includes('eyJ'))).toEqual([]);
  // The requests are varied enough to get every kind of response.
  expect([...seenStatuses]).toEqual(
    expect.arrayContaining([200, 400, 401, 403, 404, 405, 413, 415]),
  );
});
