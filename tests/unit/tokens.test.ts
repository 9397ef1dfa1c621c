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

describe('a token that was minted', () => {
  it('says exactly what an access token says', () => {
    expect(headerOf(accessToken)).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(claimsOf(accessToken)).toEqual(accessClaims);
    expect(verifyAccess(accessToken)).toEqual({ id: 7, sessionId: 'a-session', iat, exp });
  });

  it('says exactly what a refresh token says', () => {
    expect(headerOf(refreshToken)).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(claimsOf(refreshToken)).toEqual(refreshClaims);
    expect(verifyRefresh(refreshToken)).toEqual({
      sessionId: 'a-session',
      generation: 3,
      iat: refreshClaims.iat,
      isExpired: false,
    });
  });

  it('is signed as RFC 7518 says, so that any library can verify it', () => {
    for (const { claims, secret, kind } of kinds) {
      const minted = kind === 'access' ? accessToken : refreshToken;
      // The order of claims is ours; only their signature is compared.
      expect(claimsOf(minted)).toEqual(claims);
      const [header, payload] = partsOf(minted).map((part) =>
        Buffer.from(part, 'base64url').toString(),
      );
      expect(forgeToken({ header, payload, secret })).toBe(minted);
    }
  });

  it('counts whole seconds, and never past the end of the row', () => {
    const token = tokens.mintRefresh(
      { sessionId: 'a-session', generation: 0 },
      { issuedAt: START + 999, expiresAt: START + HOUR + 999 },
    );

    expect(claimsOf(token)).toMatchObject({ iat, exp });
  });

  it('is the same for every caller of one generation, and another for the next', () => {
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

  it('is the same whatever else the session row holds', () => {
    const row = { sessionId: 'a-session', generation: 3, userId: 7, ipAddress: '192.0.2.1' };

    expect(tokens.mintRefresh(row, times)).toBe(refreshToken);
  });
});

describe('the end of an access token', () => {
  const token = forgeToken({ payload: accessClaims, secret: ACCESS_SECRET });

  it('is the exact second of `exp`', () => {
    expect(verifyAccess(token, exp * 1000 - 1)).toBeDefined();
    expect(refusalOf(() => verifyAccess(token, exp * 1000))).toBe('token-expired');
  });

  it('is judged by the clock that was given, not by that of the machine', () => {
    const longPast = forgeToken({
      payload: { ...accessClaims, iat: 1, exp: 100 },
      secret: ACCESS_SECRET,
    });

    expect(verifyAccess(longPast, 99 * SECOND)).toBeDefined();
    expect(refusalOf(() => verifyAccess(longPast, 100 * SECOND))).toBe('token-expired');
  });
});

describe('the end of a refresh token', () => {
  it('is told and not refused, at the exact second of `exp`', () => {
    const token = forgeToken({ payload: refreshClaims, secret: REFRESH_SECRET });

    expect(verifyRefresh(token, exp * 1000 - 1)).toMatchObject({ isExpired: false });
    expect(verifyRefresh(token, exp * 1000)).toMatchObject({ isExpired: true });
  });
});

describe('an access token that is tied to no session', () => {
  it('says and verifies so', () => {
    const token = tokens.signAccess({ id: 7 }, { expiresIn: '1h' }, START);

    expect(claimsOf(token)).toEqual({ id: 7, type: 'access', iat, exp });
    expect(verifyAccess(token)).toEqual({ id: 7, iat, exp });
  });

  it('cannot be made to name a session, be a refresh token or change its algorithm', () => {
    const token = tokens.signAccess(
      { id: 7, sessionId: 'a-session', type: 'refresh', iat: 1 },
      { expiresIn: '1h', algorithm: 'none' },
      START,
    );

    expect(headerOf(token)).toMatchObject({ alg: 'HS256' });
    expect(claimsOf(token)).toEqual({ id: 7, type: 'access', iat, exp });
  });
});

describe('several secrets', () => {
  const [first, second, third] = ['first', 'second', 'third'].map((name) => name.repeat(8)) as [
    string,
    string,
    string,
  ];
  const rotating = createTokenService([first, second], [third, first]);

  it('are signed with by the first', () => {
    const access = rotating.mintAccess({ id: 1 }, times);
    const refresh = rotating.mintRefresh({ sessionId: 's', generation: 0 }, times);

    expect(createTokenService([first], [third]).verifyAccess(access, START)).toMatchObject({
      id: 1,
    });
    expect(createTokenService([first], [third]).verifyRefresh(refresh, START).sessionId).toBe('s');
  });

  it.each([first, second])('verify by each of them', (secret) => {
    const token = forgeToken({ payload: accessClaims, secret });

    expect(rotating.verifyAccess(token, START)).toMatchObject({ id: 7 });
  });

  it('refuse the token of one that was removed', () => {
    const access = forgeToken({ payload: accessClaims, secret: third });
    const refresh = forgeToken({ payload: refreshClaims, secret: second });

    expect(refusalOf(() => rotating.verifyAccess(access, START))).toBe('bad-signature');
    expect(refusalOf(() => rotating.verifyRefresh(refresh, START))).toBe('bad-signature');
  });

  it('say of an expired token that it is expired, whichever signed it', () => {
    for (const secret of [first, second]) {
      const token = forgeToken({ payload: accessClaims, secret });
      expect(refusalOf(() => rotating.verifyAccess(token, exp * 1000))).toBe('token-expired');
    }
  });

  it('must be at least one of each kind', () => {
    expect(() => createTokenService([], [first])).toThrow(TypeError);
    expect(() => createTokenService([first], [])).toThrow(TypeError);
  });
});
