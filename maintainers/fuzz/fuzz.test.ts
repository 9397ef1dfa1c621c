import fc from 'fast-check';
import chunk from 'lodash/chunk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  BATCH_SIZE,
  createFuzzTokens,
  describeRequest,
  inParallel,
  PARALLEL,
  REQUESTS,
  RESPONSE_TIMEOUT,
  SEED,
} from './batches';
import { fuzzRequest } from './requests';
import { createUser, login, tokensFrom, refresh, fetchOwnAccount } from '../../tests/helpers/users';
import { createRawClient, type RawClient, type RawRequest } from './raw-http';
import { portOf } from '../../tests/helpers/server';
import { useServer } from '../../tests/helpers/suite';

const server = useServer({ IS_PROXIED: 'true', SESSION_LIMIT: '0' });
let rawClient: RawClient;

beforeAll(() => {
  const port = portOf(server);
  rawClient = createRawClient(port, PARALLEL, RESPONSE_TIMEOUT);
});
afterAll(() => rawClient.close());

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

const TITLE = `${REQUESTS} malformed requests (FUZZ_SEED=${SEED}) cause no 5xx, no error in the log, and no refusal of another user`;

it(TITLE, { timeout: 300_000 }, async () => {
  const requests = fc.sample(fuzzRequest, { numRuns: REQUESTS, seed: SEED });
  const user = await createUser(server);
  let tokensOfAnother = await login(server, await createUser(server));

  for (const batch of chunk(requests, BATCH_SIZE)) {
    const fuzzTokens = await createFuzzTokens(server, user);

    const problems = await inParallel(
      batch.map((build) => build(fuzzTokens)),
      findProblem,
    );

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
