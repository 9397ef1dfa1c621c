import { afterEach, expect, it, vi } from 'vitest';
import supertest from 'supertest';
import { createAccessKey } from '../../src/extensions/users-permissions/refresh-tokens/core/access-keys';
import { newDatabase } from '../helpers/databases';
import { testEnvironment } from '../helpers/environment';
import { ecKeys, rsaKeys, type TestKeys } from '../helpers/keys';
import { startStrapi, type RunningStrapi } from '../helpers/process';
import { verifyRemotely } from '../helpers/remote-verifier';
import { bearer, PASSWORD, tokensFrom, type ClientTokens } from '../helpers/users';

// Each boot of a process takes some seconds.
vi.setConfig({ testTimeout: 240_000 });

const running: RunningStrapi[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((strapi) => strapi.stop()));
});

const start = async (environment: Record<string, string>): Promise<RunningStrapi> => {
  const strapi = await startStrapi(environment);
  running.push(strapi);
  return strapi;
};

const register = async ({ url }: RunningStrapi): Promise<ClientTokens> => {
  const account = { username: 'ada', email: 'ada@example.com', password: PASSWORD };
  return tokensFrom(
    await supertest(url).post('/api/auth/local/register').send(account).expect(200),
  );
};

const refreshAt = async ({ url }: RunningStrapi, { cookie }: ClientTokens): Promise<ClientTokens> =>
  tokensFrom(await supertest(url).post('/api/token/refresh').set('Cookie', cookie).expect(200));

const statusAt = async ({ url }: RunningStrapi, tokens: ClientTokens): Promise<number> =>
  (await supertest(url).get('/api/users/me').set(bearer(tokens))).status;

const headerOf = ({ accessToken }: ClientTokens): unknown =>
  JSON.parse(Buffer.from(accessToken.split('.')[0] ?? '', 'base64url').toString());

const kidOf = ({ publicKey }: TestKeys): string => createAccessKey(publicKey).kid;

/** Without a leeway, so that each refresh rotates. */
const environmentOf = async (): Promise<Record<string, string>> => ({
  ...testEnvironment(await newDatabase()),
  REFRESH_TOKEN_LEEWAY: '0s',
});

it('a key is rotated without a logout: instances with the older and the newer settings accept the tokens of both', async () => {
  const [before, after] = [ecKeys(), rsaKeys()];
  const environment = await environmentOf();
  // `after` is published and verified before it signs.
  const both = { ...environment, ACCESS_TOKEN_PUBLIC_KEYS: before.publicPem + after.publicPem };
  // One after the other: the first one creates the tables.
  const older = await start({ ...both, ACCESS_TOKEN_PRIVATE_KEY: before.privatePem });
  const newer = await start({ ...both, ACCESS_TOKEN_PRIVATE_KEY: after.privatePem });

  const first = await register(older);
  expect(headerOf(first)).toMatchObject({ alg: 'ES256', kid: kidOf(before) });
  const second = await refreshAt(newer, first);
  expect(headerOf(second)).toMatchObject({ alg: 'RS256', kid: kidOf(after) });
  for (const instance of [older, newer]) {
    for (const tokens of [first, second]) {
      expect(await statusAt(instance, tokens)).toBe(200);
      expect(await verifyRemotely(instance.url, tokens.accessToken)).toMatchObject({
        claims: { type: 'access' },
      });
    }
  }
  const third = await refreshAt(older, second);
  expect(headerOf(third)).toMatchObject({ kid: kidOf(before) });

  await older.stop();
  const last = await start({ ...environment, ACCESS_TOKEN_PRIVATE_KEY: after.privatePem });
  expect(await statusAt(last, second)).toBe(200);
  expect(await statusAt(last, third)).toBe(401);
  const { refused } = await verifyRemotely(last.url, third.accessToken);
  expect(refused).toBe('ERR_JWKS_NO_MATCHING_KEY');
  expect(await statusAt(last, await refreshAt(last, third))).toBe(200);
});

it('JWT_SECRET is replaced by a key without a logout, also while an instance knows no key yet', async () => {
  const key = ecKeys();
  const environment = await environmentOf();
  const older = await start(environment);
  const newer = await start({ ...environment, ACCESS_TOKEN_PRIVATE_KEY: key.privatePem });

  const first = await register(older);
  expect(headerOf(first)).toEqual({ alg: 'HS256', typ: 'JWT' });
  expect(await statusAt(newer, first)).toBe(200);

  const second = await refreshAt(newer, first);
  expect(headerOf(second)).toMatchObject({ alg: 'ES256', kid: kidOf(key) });
  expect(await statusAt(newer, second)).toBe(200);
  // The instance that does not know the key refuses its token; the client refreshes, and goes on.
  expect(await statusAt(older, second)).toBe(401);
  const third = await refreshAt(older, second);
  for (const instance of [older, newer]) expect(await statusAt(instance, third)).toBe(200);

  // With the public key, the older instance accepts the tokens of the newer one.
  await older.stop();
  const prepared = await start({ ...environment, ACCESS_TOKEN_PUBLIC_KEYS: key.publicPem });
  const fourth = await refreshAt(newer, third);
  for (const instance of [prepared, newer]) expect(await statusAt(instance, fourth)).toBe(200);
  expect(headerOf(await refreshAt(prepared, fourth))).toMatchObject({ alg: 'HS256' });
});
