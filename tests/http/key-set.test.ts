import { describe, expect, it } from 'vitest';
import { createAccessKey } from '../../src/extensions/users-permissions/refresh-tokens/core/access-keys';
import { compiledCopyWith } from '../helpers/compiled-copy';
import { forgeToken } from '../helpers/forge';
import { ecKeys, rsaKeys } from '../helpers/keys';
import { verifyRemotely } from '../helpers/remote-verifier';
import { portOf, startServer, type TestServer } from '../helpers/server';
import { stopWithoutErrors, withServer } from '../helpers/suite';
import {
  bearer,
  claimsOf,
  createUser,
  fetchOwnAccount,
  login,
  refresh,
  tokensFrom,
} from '../helpers/users';

const KEY_SET = '/api/.well-known/jwks.json';
const ec = ecKeys();
const rsa = rsaKeys();
const kidOf = ({ publicKey }: typeof ec) => createAccessKey(publicKey).kid;
const urlOf = (server: TestServer) => `http://127.0.0.1:${portOf(server)}`;

describe('GET /.well-known/jwks.json', () => {
  it('is empty without a key, and public: a stale Authorization header has no effect', () =>
    withServer({}, async (server) => {
      for (const headers of [{}, bearer({ accessToken: 'stale' })]) {
        const response = await server.request().get(KEY_SET).set(headers).expect(200);

        expect(response.body).toEqual({ keys: [] });
        expect(response.headers).toMatchObject({
          'content-type': expect.stringMatching(/^application\/json\b/) as string,
          'cache-control': 'public, max-age=300',
        });
        expect(response.headers).not.toHaveProperty('set-cookie');
      }
    }));

  it('has the public part of each key, that of the signing one first; no rate limit counts it', () =>
    withServer(
      {
        ACCESS_TOKEN_PRIVATE_KEY: ec.privatePem,
        ACCESS_TOKEN_PUBLIC_KEYS: rsa.publicPem,
        AUTH_RATE_LIMIT_MAX: '1',
        REFRESH_RATE_LIMIT_MAX: '1',
      },
      async (server) => {
        for (let count = 0; count < 5; count += 1) {
          const { body } = await server.request().get(KEY_SET).expect(200);

          expect(body).toMatchObject({
            keys: [
              { kty: 'EC', kid: kidOf(ec), alg: 'ES256', use: 'sig' },
              { kty: 'RSA', kid: kidOf(rsa), alg: 'RS256', use: 'sig' },
            ],
          });
          for (const key of body.keys) {
            for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) {
              expect(key).not.toHaveProperty(secret);
            }
          }
        }
        await server.request().head(KEY_SET).expect(200);
      },
    ));

  const elsewhere = compiledCopyWith({
    'config/api.js': "module.exports = { rest: { prefix: '/v1' } };",
  });

  it('is below `rest.prefix`', async () => {
    const server = await startServer({}, elsewhere);

    await server.request().get('/v1/.well-known/jwks.json').expect(200, { keys: [] });
    await server.request().get(KEY_SET).expect(404);
    await stopWithoutErrors(server);
  });
});

describe.each([
  ['ES256', ec, rsa],
  ['RS256', rsa, ec],
] as const)('An access token that is signed with %s', (algorithm, own, other) => {
  const options = { issuer: 'https://api.example.com', audience: 'orders' };
  const variables = {
    ACCESS_TOKEN_PRIVATE_KEY: own.privatePem.replaceAll('\n', '\\n'),
    ACCESS_TOKEN_PUBLIC_KEYS: other.publicPem,
    ACCESS_TOKEN_ISSUER: options.issuer,
    ACCESS_TOKEN_AUDIENCE: options.audience,
  };

  it('is accepted here, and verified in another process with nothing but the key set', () =>
    withServer(variables, async (server) => {
      const user = await createUser(server);
      const device = await login(server, user);
      const renewed = tokensFrom(await refresh(server, device).expect(200));
      const issued = server.strapi
        .plugin('users-permissions')
        .service('jwt')
        .issue({ id: user.id });

      for (const accessToken of [device.accessToken, renewed.accessToken, issued]) {
        await fetchOwnAccount(server, { accessToken }).expect(200);
        // The clock of the tests is not that of the other process.
        const now = { ...options, currentDate: new Date(server.clock.now()) };
        expect(await verifyRemotely(urlOf(server), accessToken, now)).toEqual({
          header: { alg: algorithm, typ: 'JWT', kid: kidOf(own) },
          claims: claimsOf(accessToken),
        });
        const elsewhere = { ...now, audience: 'another' };
        expect(await verifyRemotely(urlOf(server), accessToken, elsewhere)).toEqual({
          refused: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
        });
      }
      // Nobody else can verify a refresh token, so that it cannot be taken for an access token.
      expect(await verifyRemotely(urlOf(server), device.refreshToken)).toEqual({
        refused: 'ERR_JOSE_NOT_SUPPORTED',
      });
    }));

  it('is refused when it is forged or belongs elsewhere, and the genuine one is accepted', () =>
    withServer(variables, async (server) => {
      const device = await login(server, await createUser(server));
      const payload = claimsOf(device.accessToken);
      const header = { alg: algorithm, typ: 'JWT', kid: kidOf(own) };
      const stranger = algorithm === 'ES256' ? ecKeys() : rsaKeys();
      const jwk = stranger.publicKey.export({ format: 'jwk' });
      const attacker = 'https://attacker.example/keys';
      const { privateKey: key } = stranger;

      // All other forgeries are in tests/unit/tokens-of-keys.test.ts.
      const forgeries = [
        forgeToken({ header: { ...header, alg: 'HS256' }, payload, secret: own.publicPem }),
        forgeToken({ header: { alg: 'HS256' }, payload, secret: own.publicPem }),
        forgeToken({ header: { ...header, alg: 'none' }, payload }),
        forgeToken({ header: { ...header, kid: kidOf(other) }, payload, key: own.privateKey }),
        forgeToken({ header: { ...header, kid: '../../dev/null' }, payload, key }),
        forgeToken({ header: { ...header, jwk }, payload, key }),
        forgeToken({ header: { ...header, jku: attacker }, payload, key }),
        forgeToken({ header: { ...header, x5u: attacker }, payload, key }),
        forgeToken({ header, payload: { ...payload, iss: attacker }, key: own.privateKey }),
        forgeToken({ header, payload: { ...payload, aud: 'another' }, key: own.privateKey }),
        forgeToken({ header, payload: { ...payload, type: 'refresh' }, key: own.privateKey }),
        device.refreshToken,
      ];
      for (const accessToken of forgeries) {
        await fetchOwnAccount(server, { accessToken }).expect(401);
      }
      const genuine = forgeToken({ header, payload, key: own.privateKey });
      await fetchOwnAccount(server, { accessToken: genuine }).expect(200);
    }));
});
