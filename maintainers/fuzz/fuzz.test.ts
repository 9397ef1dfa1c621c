import type { AddressInfo } from 'node:net';
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
import { useServer } from '../../tests/helpers/suite';

const REQUESTS = 10_000;
/** As many at a time, on as many connections. */
const AT_ONCE = 20;
/** No request may take longer, in milliseconds. */
const PATIENCE = 5_000;

const SEED = Number(process.env.FUZZ_SEED ?? 20_260_101);

const server = useServer({ IS_PROXIED: 'true', SESSION_LIMIT: '0' });
let client: RawClient;

beforeAll(() => {
  const { port } = server.strapi.server.httpServer.address() as AddressInfo;
  client = createRawClient(port, AT_ONCE, PATIENCE);
});
afterAll(() => client.close());

/** Two sessions that may come to harm. No password is checked for them: that would take the time. */
const newAmmunition = async (victim: TestUser): Promise<FuzzTokens> => {
  const sessions = server.strapi.plugin('users-permissions').service('session');
  const start = () =>
    sessions.start(victim.id, { ipAddress: null, userAgent: null, deviceName: null });
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

/** A path without a route for the method (Koa's router), too many headers (Node). */
const ANSWERED_BELOW_STRAPI = [405, 431];

const isStrapiRefusal = (status: number, body: string): boolean => {
  try {
    const { data, error } = JSON.parse(body) as { data: unknown; error: { status: number } };
    return data === null && error.status === status;
  } catch {
    return false;
  }
};

const seenStatuses = new Set<number>();

/** What is wrong with the answer to a request, or null. */
const complaintAbout = async (raw: RawRequest): Promise<string | null> => {
  const answer = await client.send(raw).catch((error: Error) => error);
  if (answer instanceof Error) return `${answer.message}: ${describeRequest(raw)}`;

  const { status, body } = answer;
  seenStatuses.add(status);
  const isAnswered =
    status < 400 ||
    raw.method === 'HEAD' ||
    ANSWERED_BELOW_STRAPI.includes(status) ||
    isStrapiRefusal(status, body);
  return status < 500 && isAnswered
    ? null
    : `${status} ${body.slice(0, 300)}: ${describeRequest(raw)}`;
};

/** Sends all, so many at a time; resolves to what is wrong with the answers. */
const sendAll = async (raws: readonly RawRequest[]): Promise<string[]> => {
  const waiting = [...raws];
  const complaints: string[] = [];
  const sendOnAndOn = async (): Promise<void> => {
    for (let raw = waiting.pop(); raw; raw = waiting.pop()) {
      const complaint = await complaintAbout(raw);
      if (complaint) complaints.push(complaint);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sendOnAndOn));
  return complaints;
};

const NAME = `${REQUESTS} bad requests (FUZZ_SEED=${SEED}) break nothing, and an honest client never notices`;

it(NAME, { timeout: 300_000 }, async () => {
  const shots = fc.sample(fuzzRequest, { numRuns: REQUESTS, seed: SEED });
  const victim = await createUser(server);
  let honest = await login(server, await createUser(server));

  for (const hundred of chunk(shots, 100)) {
    const ammunition = await newAmmunition(victim);

    const complaints = await sendAll(hundred.map((make) => make(ammunition)));

    expect(complaints).toEqual([]);
    honest = tokensFrom(await refresh(server, honest).expect(200));
    await fetchOwnAccount(server, honest).expect(200);
  }

  expect(server.log.filter((line) => line.startsWith('error:'))).toEqual([]);
  expect(server.log.filter((line) => line.includes('eyJ'))).toEqual([]);
  // Some of them got through to where they were aimed at.
  expect([...seenStatuses]).toEqual(
    expect.arrayContaining([200, 400, 401, 403, 404, 405, 413, 415]),
  );
});
