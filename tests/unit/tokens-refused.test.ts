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

describe.each(kinds)('an $kind token is refused', ({ verify, claims, secret, kind }) => {
  const genuine = forgeToken({ payload: claims, secret });
  const other = kinds.find((candidate) => candidate.kind !== kind) ?? kinds[0];
  const sign = (changes: object, payload: object = claims) =>
    forgeToken({ payload: { ...payload, ...changes }, secret });
  const [header, payload, signature] = partsOf(genuine);
  const lastCharacter = signature.slice(-1);
  /** Differs in the two bits that base64url decoding drops. */
  const twin = String.fromCharCode(lastCharacter.charCodeAt(0) + 1);

  it('is not, when nothing is wrong with it', () => {
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
      'with `alg: HS512`, rightly signed',
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
      'signed with somebody else’s secret',
      forgeToken({ payload: claims, secret: 'somebody else’s secret, 32 chars.' }),
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
    ['of the other kind, under the right secret', sign({}, other.claims), 'wrong-type'],
    ['that says it is of the other kind', sign({ type: other.kind }), 'wrong-type'],
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
    ['with a payload that is no JSON', forgeToken({ payload: 'nonsense', secret }), 'malformed'],
    ['with a payload that is a list', forgeToken({ payload: [claims], secret }), 'wrong-type'],
    ['with a payload that is a number', forgeToken({ payload: 5, secret }), 'malformed'],
  ])('%s', (_story, token, reason) => {
    expect(refusalOf(() => verify(token))).toBe(reason);
  });

  it.each([
    [undefined],
    [null],
    [0],
    [true],
    [genuine.split('')],
    [[genuine]],
    [{ genuine }],
    [''],
  ])('when it is %j', (token) => {
    expect(refusalOf(() => verify(token))).toBe('malformed');
  });

  it('when it is an object that only pretends to be text', () => {
    const pretender = { length: genuine.length, toString: () => genuine };

    expect(refusalOf(() => verify(pretender))).toBe('malformed');
    expect(refusalOf(() => verify(new String(genuine)))).toBe('malformed');
  });

  it('when it is huge, even if it is genuine', () => {
    const padded = sign({ padding: 'x'.repeat(4096) });

    expect(refusalOf(() => verify(padded))).toBe('malformed');
    expect(refusalOf(() => verify('a.'.repeat(1_000_000)))).toBe('malformed');
  });
});

describe('weird claims under a good signature are refused', () => {
  const weirdCounts = [-1, 1.5, '1', null, true, [1], { valueOf: 1 }, 2 ** 53, undefined];
  const weirdSessionIds = [7, null, true, ['a-session'], { $ne: '' }];

  it.each(weirdCounts)('user id %j', (id) => {
    const token = forgeToken({ payload: { ...accessClaims, id }, secret: ACCESS_SECRET });

    expect(refusalOf(() => verifyAccess(token))).toBe('bad-claims');
  });

  it.each(weirdCounts)('generation %j', (generation) => {
    const token = forgeToken({ payload: { ...refreshClaims, generation }, secret: REFRESH_SECRET });

    expect(refusalOf(() => verifyRefresh(token))).toBe('bad-claims');
  });

  it.each(weirdSessionIds)('session id %j', (sessionId) => {
    const access = forgeToken({ payload: { ...accessClaims, sessionId }, secret: ACCESS_SECRET });
    const refresh = forgeToken({
      payload: { ...refreshClaims, sessionId },
      secret: REFRESH_SECRET,
    });

    expect(refusalOf(() => verifyAccess(access))).toBe('bad-claims');
    expect(refusalOf(() => verifyRefresh(refresh))).toBe('bad-claims');
  });

  it('no session id in a refresh token', () => {
    const payload = { ...refreshClaims, sessionId: undefined };

    expect(refusalOf(() => verifyRefresh(forgeToken({ payload, secret: REFRESH_SECRET })))).toBe(
      'bad-claims',
    );
  });
});

describe.each(kinds)('whatever arrives as an $kind token', ({ verify, secret, claims }) => {
  const isRefused = (token: unknown): boolean => refusalOf(() => verify(token)) !== undefined;

  it('is refused when it is any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 6000 }), isRefused));
  });

  it('is refused when it is anything at all', () => {
    fc.assert(fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), isRefused));
  });

  it('is refused when its parts are any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.string(), (header, payload, signature) =>
        isRefused(`${forgeToken({ header, payload })}${signature}`),
      ),
    );
  });

  const anyPayload = fc.jsonValue().filter((payload) => payload !== null);
  const anyHeader = fc.constantFrom({ alg: 'HS256' }, { alg: 'HS256', typ: 'JWT' });

  it('is refused when its payload is any JSON but ours, even under the right secret', () => {
    fc.assert(
      fc.property(anyHeader, anyPayload, (header, payload) =>
        isRefused(forgeToken({ header, payload: JSON.stringify(payload), secret })),
      ),
    );
  });

  it('is refused when its payload is null, even under the right secret', () => {
    expect(isRefused(forgeToken({ payload: null, secret }))).toBe(true);
  });

  it('is refused when one character of a genuine token was changed', () => {
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
