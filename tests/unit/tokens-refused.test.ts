import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RefusalReason } from '../../src/extensions/users-permissions/refresh-tokens/core/errors';
import { forgeToken } from '../helpers/forge';
import {
  ACCESS_SECRET,
  accessClaims,
  exp,
  iat,
  kinds,
  partsOf,
  REFRESH_SECRET,
  refreshClaims,
  refusalOf,
  verifyAccess,
  verifyRefresh,
} from '../helpers/tokens';

describe.each(kinds)('verification of $kind tokens', ({ verify, claims, secret, kind }) => {
  const genuine = forgeToken({ payload: claims, secret });
  const other = kinds.find((candidate) => candidate.kind !== kind) ?? kinds[0];
  const sign = (changes: object, payload: object = claims) =>
    forgeToken({ payload: { ...payload, ...changes }, secret });
  const [header, payload, signature] = partsOf(genuine);
  const lastCharacter = signature.slice(-1);
  /** Differs in the two bits that base64url decoding drops. */
  const twin = String.fromCharCode(lastCharacter.charCodeAt(0) + 1);

  it('accepts a genuine token', () => {
    expect(verify(genuine)).toBeDefined();
  });

  it.each<[string, string, RefusalReason]>([
    [
      'with `alg: none` and no signature',
      forgeToken({ header: { alg: 'none' }, payload: claims }),
      'malformed',
    ],
    [
      'with `alg: none` and a signature',
      forgeToken({ header: { alg: 'none' }, payload: claims, secret }),
      'malformed',
    ],
    [
      'with `alg: None`',
      forgeToken({ header: { alg: 'None' }, payload: claims, secret }),
      'malformed',
    ],
    [
      'with `alg: HS512` and a valid signature',
      forgeToken({ header: { alg: 'HS512' }, payload: claims, secret, hash: 'sha512' }),
      'malformed',
    ],
    [
      'with `alg: RS256`',
      forgeToken({ header: { alg: 'RS256' }, payload: claims, secret }),
      'malformed',
    ],
    ['without `alg`', forgeToken({ header: {}, payload: claims, secret }), 'malformed'],
    ['without a signature', `${header}.${payload}.`, 'malformed'],
    ['with two parts', `${header}.${payload}`, 'malformed'],
    ['with four parts', `${genuine}.${signature}`, 'malformed'],
    ['with a space around it', ` ${genuine} `, 'malformed'],
    [
      'with another payload under its signature',
      `${header}.${partsOf(sign({ sessionId: 'b-session' }))[1]}.${signature}`,
      'bad-signature',
    ],
    [
      'with a signature that decodes to the same bytes',
      `${genuine.slice(0, -1)}${twin}`,
      'bad-signature',
    ],
    [
      'signed with an unknown secret',
      forgeToken({ payload: claims, secret: 'an unknown secret, 32 characters' }),
      'bad-signature',
    ],
    [
      'signed with the secret of the other kind',
      forgeToken({ payload: claims, secret: other.secret }),
      'bad-signature',
    ],
    [
      'that is a token of the other kind',
      forgeToken({ ...other, payload: other.claims }),
      'bad-signature',
    ],
    ['with the claims of the other kind', sign({}, other.claims), 'wrong-type'],
    ['with the `type` of the other kind', sign({ type: other.kind }), 'wrong-type'],
    ['without `type`', sign({ type: undefined }), 'wrong-type'],
    ['with its `type` in a list', sign({ type: [kind] }), 'wrong-type'],
    ['without `exp`', sign({ exp: undefined }), 'bad-claims'],
    ['without `iat`', sign({ iat: undefined }), 'bad-claims'],
    ['with a fractional `exp`', sign({ exp: exp + 0.5 }), 'bad-claims'],
    ['with a negative `iat`', sign({ iat: -1 }), 'bad-claims'],
    [
      'with an `exp` of text',
      sign({ exp: String(exp) }),
      kind === 'access' ? 'malformed' : 'bad-claims',
    ],
    ['with an `iat` of text', sign({ iat: String(iat) }), 'bad-claims'],
    ['before its `nbf`', sign({ nbf: exp }), 'malformed'],
    ['with a payload that is not JSON', forgeToken({ payload: 'nonsense', secret }), 'malformed'],
    ['with a payload that is a list', forgeToken({ payload: [claims], secret }), 'wrong-type'],
    ['with a payload that is a number', forgeToken({ payload: 5, secret }), 'malformed'],
  ])('refuses a token %s', (_name, token, reason) => {
    expect(refusalOf(() => verify(token))).toBe(reason);
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a number', 0],
    ['a boolean', true],
    ['a list of its characters', genuine.split('')],
    ['a list with the token', [genuine]],
    ['an object with the token', { genuine }],
    ['an empty text', ''],
  ])('refuses %s', (_name, token) => {
    expect(refusalOf(() => verify(token))).toBe('malformed');
  });

  it('refuses an object that looks like a string', () => {
    const lookalike = { length: genuine.length, toString: () => genuine };

    expect(refusalOf(() => verify(lookalike))).toBe('malformed');
    expect(refusalOf(() => verify(new String(genuine)))).toBe('malformed');
  });

  it('refuses a token that is too long, even with a valid signature', () => {
    const padded = sign({ padding: 'x'.repeat(8192) });

    expect(refusalOf(() => verify(padded))).toBe('malformed');
    expect(refusalOf(() => verify('a.'.repeat(1_000_000)))).toBe('malformed');
  });
});

describe('verification refuses a token with a valid signature and', () => {
  const badCounts = [-1, 1.5, '1', null, true, [1], { valueOf: 1 }, 2 ** 53, undefined];
  const badSessionIds = [7, null, true, ['a-session'], { $ne: '' }];

  it.each([...badCounts.filter((count) => count !== '1'), '', '-1', '1e3', ' 1', '1'.repeat(20)])(
    'the user id %j',
    (id) => {
      const token = forgeToken({ payload: { ...accessClaims, id }, secret: ACCESS_SECRET });

      expect(refusalOf(() => verifyAccess(token))).toBe('bad-claims');
    },
  );

  it.each(badCounts)('the generation %j', (generation) => {
    const token = forgeToken({ payload: { ...refreshClaims, generation }, secret: REFRESH_SECRET });

    expect(refusalOf(() => verifyRefresh(token))).toBe('bad-claims');
  });

  it.each(badSessionIds)('the session id %j', (sessionId) => {
    const access = forgeToken({ payload: { ...accessClaims, sessionId }, secret: ACCESS_SECRET });
    const refresh = forgeToken({
      payload: { ...refreshClaims, sessionId },
      secret: REFRESH_SECRET,
    });

    expect(refusalOf(() => verifyAccess(access))).toBe('bad-claims');
    expect(refusalOf(() => verifyRefresh(refresh))).toBe('bad-claims');
  });

  it('no session id, if it is a refresh token', () => {
    const payload = { ...refreshClaims, sessionId: undefined };

    expect(refusalOf(() => verifyRefresh(forgeToken({ payload, secret: REFRESH_SECRET })))).toBe(
      'bad-claims',
    );
  });
});

describe.each(kinds)('verification of $kind tokens refuses', ({ verify, secret, claims }) => {
  const isRefused = (token: unknown): boolean => refusalOf(() => verify(token)) !== undefined;

  it('any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 6000 }), isRefused));
  });

  it('any value', () => {
    fc.assert(fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), isRefused));
  });

  it('any JSON as header and payload', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.string(), (header, payload, signature) =>
        isRefused(`${forgeToken({ header, payload })}${signature}`),
      ),
    );
  });

  const anyPayload = fc.jsonValue().filter((payload) => payload !== null);
  const anyHeader = fc.constantFrom({ alg: 'HS256' }, { alg: 'HS256', typ: 'JWT' });

  it('any other JSON as payload, even with a valid signature', () => {
    fc.assert(
      fc.property(anyHeader, anyPayload, (header, payload) =>
        isRefused(forgeToken({ header, payload: JSON.stringify(payload), secret })),
      ),
    );
  });

  it('a payload of null, even with a valid signature', () => {
    expect(isRefused(forgeToken({ payload: null, secret }))).toBe(true);
  });

  it('a genuine token with one changed character', () => {
    const genuine = forgeToken({ payload: claims, secret });
    const anyCharacter = fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 1 });
    fc.assert(
      fc.property(fc.nat(genuine.length - 1), anyCharacter, (at, character) => {
        fc.pre(genuine[at] !== character);
        return isRefused(genuine.slice(0, at) + character + genuine.slice(at + 1));
      }),
    );
  });
});
