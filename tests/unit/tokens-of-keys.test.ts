import { describe, expect, it } from 'vitest';
import {
  createAccessKey,
  createSigningKey,
} from '../../src/extensions/users-permissions/refresh-tokens/core/access-keys';
import type { RefusalReason } from '../../src/extensions/users-permissions/refresh-tokens/core/errors';
import {
  createTokenService,
  type AccessTokenOptions,
} from '../../src/extensions/users-permissions/refresh-tokens/core/tokens';
import { forgeToken } from '../helpers/forge';
import { ecKeys, rsaKeys } from '../helpers/keys';
import { START } from '../helpers/session-fixture';
import {
  ACCESS_SECRET,
  accessClaims,
  exp,
  iat,
  partsOf,
  REFRESH_SECRET,
  refreshClaims,
  refusalOf,
  times,
} from '../helpers/tokens';
import { claimsOf } from '../helpers/users';

const ec = ecKeys();
const rsa = rsaKeys();
const strangerEc = ecKeys();
const strangerRsa = rsaKeys();
const ecKey = createSigningKey(ec.privateKey);
const rsaKey = createSigningKey(rsa.privateKey);

const serviceWith = (options: AccessTokenOptions) =>
  createTokenService([ACCESS_SECRET], [REFRESH_SECRET], options);

/** Signs with ES256, and verifies with RS256 as well. */
const tokens = serviceWith({ signingKey: ecKey, publicKeys: [createAccessKey(rsa.publicKey)] });
const subject = { id: 7, sessionId: 'a-session' };

const refusal = (token: string, service = tokens): RefusalReason =>
  refusalOf(() => service.verifyAccess(token, START));

const headerOf = (token: string): unknown =>
  JSON.parse(Buffer.from(partsOf(token)[0], 'base64url').toString());

describe.each([
  ['ES256', ecKey, ec],
  ['RS256', rsaKey, rsa],
] as const)('A service with a key for %s', (alg, signingKey, pair) => {
  const service = serviceWith({ signingKey });
  const header = { alg, typ: 'JWT', kid: signingKey.kid };

  it('signs access tokens with it, and names it in their header', () => {
    const token = service.mintAccess(subject, times);

    expect(headerOf(token)).toEqual(header);
    expect(claimsOf(token)).toEqual(accessClaims);
    expect(service.verifyAccess(token, START)).toEqual({ ...subject, iat, exp });
    expect(headerOf(service.signAccess({ id: 7 }, {}, START))).toEqual(header);
  });

  it('accepts the same token from any other library', () => {
    const token = forgeToken({ header, payload: accessClaims, key: pair.privateKey });

    expect(service.verifyAccess(token, START)).toMatchObject(subject);
  });

  it('refuses it from the exact second of its `exp`', () => {
    const token = service.mintAccess(subject, times);

    expect(refusalOf(() => service.verifyAccess(token, exp * 1000))).toBe('token-expired');
  });

  it('refuses a changed payload, a changed signature and a signature of a wrong length', () => {
    const [head, payload, signature] = partsOf(service.mintAccess(subject, times));
    const other = partsOf(service.mintAccess({ ...subject, id: 8 }, times))[1];
    const changed = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;

    expect(refusal(`${head}.${other}.${signature}`, service)).toBe('bad-signature');
    expect(refusal(`${head}.${payload}.${changed}`, service)).toBe('bad-signature');
    expect(refusal(`${head}.${payload}.${signature.slice(4)}`, service)).toMatch(
      /^(malformed|bad-signature)$/,
    );
    expect(refusal(`${head}.${payload}.`, service)).toBe('malformed');
  });

  it('signs refresh tokens with REFRESH_SECRET, as without a key', () => {
    const generation = { sessionId: 'a-session', generation: 3 };

    expect(service.mintRefresh(generation, times)).toBe(
      serviceWith({}).mintRefresh(generation, times),
    );
  });

  it('accepts access tokens that were signed with JWT_SECRET', () => {
    const before = serviceWith({}).mintAccess(subject, times);

    expect(service.verifyAccess(before, START)).toMatchObject(subject);
  });
});

describe('A public key', () => {
  it('verifies tokens of the key that signed before, and refuses them once it is removed', () => {
    const before = serviceWith({ signingKey: rsaKey }).mintAccess(subject, times);

    expect(tokens.verifyAccess(before, START)).toMatchObject(subject);
    expect(refusal(before, serviceWith({ signingKey: ecKey }))).toBe('malformed');
  });

  it('verifies tokens of the key that will sign', () => {
    const next = serviceWith({ signingKey: ecKey }).mintAccess(subject, times);

    expect(
      serviceWith({ publicKeys: [createAccessKey(ec.publicKey)] }).verifyAccess(next, START),
    ).toMatchObject(subject);
  });
});

describe('A token is refused', () => {
  const stolenJwk = strangerEc.publicKey.export({ format: 'jwk' });
  const es256 = { alg: 'ES256', typ: 'JWT', kid: ecKey.kid };
  const rs256 = { alg: 'RS256', typ: 'JWT', kid: rsaKey.kid };
  const der = ec.publicKey.export({ type: 'spki', format: 'der' }).toString('latin1');
  const payload = accessClaims;

  const signedWith = (secret: string, header: object) => forgeToken({ header, payload, secret });
  const hs256 = (header = {}) => ({ alg: 'HS256', typ: 'JWT', ...header });

  it.each<[string, string, RefusalReason]>([
    // Algorithm confusion: RFC 8725, section 2.1.
    ...[ec.publicPem, ec.publicPem.trim(), JSON.stringify(stolenJwk), der].flatMap(
      (secret): [string, string, RefusalReason][] => [
        ['with HS256 and a public key as secret', signedWith(secret, hs256()), 'bad-signature'],
        [
          'with HS256, a public key as secret and its `kid`',
          signedWith(secret, hs256({ kid: ecKey.kid })),
          'malformed',
        ],
      ],
    ),
    [
      'with HS256 and the right secret, but the `kid` of a public key',
      signedWith(ACCESS_SECRET, hs256({ kid: ecKey.kid })),
      'malformed',
    ],
    [
      'with RS256 and the `kid` of an ES256 key, signed by an RSA key of ours',
      forgeToken({ header: { ...rs256, kid: ecKey.kid }, payload, key: rsa.privateKey }),
      'malformed',
    ],
    [
      'with RS256 in its header, signed by the ES256 key',
      forgeToken({ header: { ...es256, alg: 'RS256' }, payload, key: ec.privateKey }),
      'malformed',
    ],
    [
      'with ES256 and the `kid` of an RS256 key',
      forgeToken({ header: { ...es256, kid: rsaKey.kid }, payload, key: ec.privateKey }),
      'malformed',
    ],
    ...['ES384', 'ES512', 'PS256', 'RS512', 'EdDSA'].map((alg): [string, string, RefusalReason] => [
      `with ${alg} in its header, signed by the ES256 key`,
      forgeToken({ header: { ...es256, alg }, payload, key: ec.privateKey }),
      'malformed',
    ]),
    ...['none', 'None', 'NONE'].map((alg): [string, string, RefusalReason] => [
      `with \`alg: ${alg}\` and the \`kid\` of a key`,
      forgeToken({ header: { alg, kid: ecKey.kid }, payload }),
      'malformed',
    ]),
    // A key that the header brings or names.
    [
      'by a stranger, with the `kid` of a key',
      forgeToken({ header: es256, payload, key: strangerEc.privateKey }),
      'bad-signature',
    ],
    [
      'by a stranger, with the `kid` of an RSA key',
      forgeToken({ header: rs256, payload, key: strangerRsa.privateKey }),
      'bad-signature',
    ],
    [
      'by a key of ours, with the `kid` of another one of the same algorithm',
      forgeToken({
        header: { ...es256, kid: createAccessKey(strangerEc.publicKey).kid },
        payload,
        key: ec.privateKey,
      }),
      'malformed',
    ],
    [
      'by a key of ours, without `kid`',
      forgeToken({ header: { alg: 'ES256' }, payload, key: ec.privateKey }),
      'malformed',
    ],
    ...[
      '../../../../dev/null',
      '/dev/null',
      '/proc/sys/kernel/randomize_va_space',
      "' union select 'x",
      '__proto__',
      'constructor',
      '',
      0,
      null,
      [ecKey.kid],
      { kid: ecKey.kid },
    ].flatMap((kid): [string, string, RefusalReason][] => [
      [
        `with the \`kid\` ${JSON.stringify(kid)}, HS256 and an empty secret`,
        signedWith('', hs256({ kid })),
        'bad-signature',
      ],
      [
        `with the \`kid\` ${JSON.stringify(kid)} and ES256`,
        forgeToken({ header: { ...es256, kid }, payload, key: ec.privateKey }),
        'malformed',
      ],
    ]),
    ...[
      { jwk: stolenJwk },
      { jku: 'https://attacker.example/.well-known/jwks.json' },
      { x5u: 'https://attacker.example/certificate.pem' },
      { x5c: [strangerEc.publicPem] },
    ].flatMap((key): [string, string, RefusalReason][] => [
      [
        `by a stranger, with ${Object.keys(key).join()} and the \`kid\` of a key`,
        forgeToken({ header: { ...es256, ...key }, payload, key: strangerEc.privateKey }),
        'bad-signature',
      ],
      [
        `by a stranger, with ${Object.keys(key).join()} only`,
        forgeToken({ header: { alg: 'ES256', ...key }, payload, key: strangerEc.privateKey }),
        'malformed',
      ],
    ]),
    // Tokens of the other kind.
    [
      'that is a refresh token',
      tokens.mintRefresh({ sessionId: 'a-session', generation: 3 }, times),
      'bad-signature',
    ],
    [
      'with the claims of a refresh token, signed by the key',
      forgeToken({ header: es256, payload: refreshClaims, key: ec.privateKey }),
      'wrong-type',
    ],
  ])('%s', (_name, token, reason) => {
    expect(refusal(token)).toBe(reason);
  });

  it('as a refresh token, if a key of access tokens signed it', () => {
    const token = forgeToken({ header: es256, payload: refreshClaims, key: ec.privateKey });

    expect(refusalOf(() => tokens.verifyRefresh(token, START))).toBe('malformed');
  });
});

describe.each([
  ['a key', { signingKey: ecKey }],
  ['a secret', {}],
])('Issuer and audience, signed with %s,', (_name, signer) => {
  const issuer = 'https://api.example.com';
  const audience = 'orders';
  const service = serviceWith({ ...signer, issuer, audience });
  const addressed = { ...accessClaims, iss: issuer, aud: audience };

  it('are in every access token, those of other code included, and in no refresh token', () => {
    const issued = service.signAccess(
      { id: 7, iss: 'https://attacker.example', exp },
      { audience: 'another', issuer: 'https://attacker.example' },
      START,
    );

    expect(claimsOf(service.mintAccess(subject, times))).toEqual(addressed);
    expect(claimsOf(issued)).toEqual({
      id: 7,
      type: 'access',
      iss: issuer,
      aud: audience,
      iat,
      exp,
    });
    const refreshToken = service.mintRefresh({ sessionId: 'a-session', generation: 3 }, times);
    expect(claimsOf(refreshToken)).toEqual(refreshClaims);
  });

  it.each([
    ['another issuer', { issuer: 'https://api.example.com/', audience }],
    ['no issuer', { audience }],
    ['another audience', { issuer, audience: 'orders-test' }],
    ['no audience', { issuer }],
    ['neither', {}],
  ])('are required: a token with %s is refused', (_case, options) => {
    const other = serviceWith({ ...signer, ...options }).mintAccess(subject, times);

    expect(refusal(other, service)).toBe('bad-claims');
  });

  it('are required as text: a list or a part of it is refused', () => {
    for (const payload of [
      { ...addressed, aud: [audience] },
      { ...addressed, iss: [issuer] },
      { ...addressed, iss: null },
      { ...addressed, iss: issuer.toUpperCase() },
    ]) {
      expect(refusal(forgeToken({ payload, secret: ACCESS_SECRET }), service)).toBe('bad-claims');
    }
  });
});

describe('signAccess', () => {
  it('leaves `iss` and `aud` of other code, where none is set', () => {
    const token = tokens.signAccess({ id: 7 }, { audience: 'reports', expiresIn: '1h' }, START);

    expect(claimsOf(token)).toEqual({ id: 7, type: 'access', aud: 'reports', iat, exp });
  });

  it('ignores a key id and a header of other code', () => {
    const header = { alg: 'none', kid: 'another', jku: 'https://attacker.example' };
    const token = tokens.signAccess({ id: 7 }, { keyid: 'another', header }, START);

    expect(headerOf(token)).toEqual({ alg: 'ES256', typ: 'JWT', kid: ecKey.kid });
  });
});

describe('Own claims', () => {
  it('are in an access token, and cannot replace ours', () => {
    const own = { role: 'editor', id: 1, sessionId: 'b-session', type: 'refresh', exp: 2 ** 40 };
    const token = tokens.mintAccess(subject, times, own);

    expect(claimsOf(token)).toEqual({ ...accessClaims, role: 'editor' });
    expect(tokens.verifyAccess(token, START)).toEqual({ ...subject, iat, exp });
  });

  it('of 2 kB fit in a token with the longest signature, issuer and audience', () => {
    const service = serviceWith({
      signingKey: createSigningKey(rsaKeys(4096).privateKey),
      issuer: 'i'.repeat(255),
      audience: 'a'.repeat(255),
    });
    const token = service.mintAccess(subject, times, { padding: 'x'.repeat(2048) });

    expect(service.verifyAccess(token, START)).toMatchObject(subject);
    // The signature of a key of 16,384 bits, which takes long to create, has 2,048 more characters.
    expect(token.length + 2048).toBeLessThan(8192);
  });
});
