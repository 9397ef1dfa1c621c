import { describe, expect, it } from 'vitest';
import { createTokenService } from '../../src/extensions/users-permissions/refresh-tokens/core/tokens';
import { forgeToken } from '../helpers/forge';
import { claimsOf } from '../helpers/users';
import { HOUR, SECOND, START } from '../helpers/session-fixture';
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
  times,
  tokens,
  verifyAccess,
  verifyRefresh,
} from '../helpers/tokens';

const accessToken = tokens.mintAccess({ id: 7, sessionId: 'a-session' }, times);
const refreshToken = tokens.mintRefresh({ sessionId: 'a-session', generation: 3 }, times);

const headerOf = (token: string): unknown =>
  JSON.parse(Buffer.from(partsOf(token)[0], 'base64url').toString());

describe('a minted token', () => {
  it('has exactly the claims of an access token', () => {
    expect(headerOf(accessToken)).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(claimsOf(accessToken)).toEqual(accessClaims);
    expect(verifyAccess(accessToken)).toEqual({ id: 7, sessionId: 'a-session', iat, exp });
  });

  it('has exactly the claims of a refresh token', () => {
    expect(headerOf(refreshToken)).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(claimsOf(refreshToken)).toEqual(refreshClaims);
    expect(verifyRefresh(refreshToken)).toEqual({
      sessionId: 'a-session',
      generation: 3,
      iat: refreshClaims.iat,
      isExpired: false,
    });
  });

  it('has a signature that any library can verify (RFC 7518)', () => {
    for (const { claims, secret, kind } of kinds) {
      const minted = kind === 'access' ? accessToken : refreshToken;
      // Header and payload are taken from the token: only the signature is compared.
      expect(claimsOf(minted)).toEqual(claims);
      const [header, payload] = partsOf(minted).map((part) =>
        Buffer.from(part, 'base64url').toString(),
      );
      expect(forgeToken({ header, payload, secret })).toBe(minted);
    }
  });

  it('has times in whole seconds: an access token never outlives its end, a refresh token never ends before it', () => {
    const within = { issuedAt: START + 999, expiresAt: START + HOUR + 1 };

    const access = tokens.mintAccess({ id: 7, sessionId: 'a-session' }, within);
    const refresh = tokens.mintRefresh({ sessionId: 'a-session', generation: 0 }, within);

    expect(claimsOf(access)).toMatchObject({ iat, exp });
    expect(claimsOf(refresh)).toMatchObject({ iat, exp: exp + 1 });
  });

  it('is identical for equal claims and times, and different for others', () => {
    const mint = (generation: number, sessionId = 'a-session', { expiresAt } = times) =>
      tokens.mintRefresh({ sessionId, generation }, { ...times, expiresAt });

    expect(mint(3)).toBe(refreshToken);
    const others = [
      mint(4),
      mint(3, 'b-session'),
      mint(3, 'a-session', { ...times, expiresAt: 0 }),
    ];
    expect(new Set([refreshToken, ...others]).size).toBe(4);
  });

  it('does not depend on other fields of the session', () => {
    const row = { sessionId: 'a-session', generation: 3, userId: 7, ipAddress: '192.0.2.1' };

    expect(tokens.mintRefresh(row, times)).toBe(refreshToken);
  });
});

describe('verifyAccess', () => {
  const token = forgeToken({ payload: accessClaims, secret: ACCESS_SECRET });

  it('refuses a token from the exact second of its `exp`', () => {
    expect(verifyAccess(token, exp * 1000 - 1)).toBeDefined();
    expect(refusalOf(() => verifyAccess(token, exp * 1000))).toBe('token-expired');
  });

  it('compares `exp` with the given time, not with the clock of the machine', () => {
    const longPast = forgeToken({
      payload: { ...accessClaims, iat: 1, exp: 100 },
      secret: ACCESS_SECRET,
    });

    expect(verifyAccess(longPast, 99 * SECOND)).toBeDefined();
    expect(refusalOf(() => verifyAccess(longPast, 100 * SECOND))).toBe('token-expired');
  });
});

describe('verifyRefresh', () => {
  it('accepts an expired token, and says so from the exact second of its `exp`', () => {
    const token = forgeToken({ payload: refreshClaims, secret: REFRESH_SECRET });

    expect(verifyRefresh(token, exp * 1000 - 1)).toMatchObject({ isExpired: false });
    expect(verifyRefresh(token, exp * 1000)).toMatchObject({ isExpired: true });
  });
});

describe('signAccess', () => {
  it('creates an access token without a session', () => {
    const token = tokens.signAccess({ id: 7 }, { expiresIn: '1h' }, START);

    expect(claimsOf(token)).toEqual({ id: 7, type: 'access', iat, exp });
    expect(verifyAccess(token)).toEqual({ id: 7, iat, exp });
  });

  it('ignores a session, a type, a time and an algorithm of the caller', () => {
    const token = tokens.signAccess(
      { id: 7, sessionId: 'a-session', type: 'refresh', iat: 1 },
      { expiresIn: '1h', algorithm: 'none' },
      START,
    );

    expect(headerOf(token)).toMatchObject({ alg: 'HS256' });
    expect(claimsOf(token)).toEqual({ id: 7, type: 'access', iat, exp });
  });
});

describe('a token service with several secrets', () => {
  const [first, second, third] = ['first', 'second', 'third'].map((name) => name.repeat(8)) as [
    string,
    string,
    string,
  ];
  const rotating = createTokenService([first, second], [third, first]);

  it('signs with the first', () => {
    const access = rotating.mintAccess({ id: 1 }, times);
    const refresh = rotating.mintRefresh({ sessionId: 's', generation: 0 }, times);

    expect(createTokenService([first], [third]).verifyAccess(access, START)).toMatchObject({
      id: 1,
    });
    expect(createTokenService([first], [third]).verifyRefresh(refresh, START).sessionId).toBe('s');
  });

  it.each([
    ['first', first],
    ['second', second],
  ])('verifies tokens that were signed with the %s', (_name, secret) => {
    const token = forgeToken({ payload: accessClaims, secret });

    expect(rotating.verifyAccess(token, START)).toMatchObject({ id: 7 });
  });

  it('refuses tokens that were signed with a removed secret', () => {
    const access = forgeToken({ payload: accessClaims, secret: third });
    const refresh = forgeToken({ payload: refreshClaims, secret: second });

    expect(refusalOf(() => rotating.verifyAccess(access, START))).toBe('bad-signature');
    expect(refusalOf(() => rotating.verifyRefresh(refresh, START))).toBe('bad-signature');
  });

  it('refuses an expired token as expired, whichever secret signed it', () => {
    for (const secret of [first, second]) {
      const token = forgeToken({ payload: accessClaims, secret });
      expect(refusalOf(() => rotating.verifyAccess(token, exp * 1000))).toBe('token-expired');
    }
  });

  it('needs at least one secret of each kind', () => {
    expect(() => createTokenService([], [first])).toThrow(TypeError);
    expect(() => createTokenService([first], [])).toThrow(TypeError);
  });
});
