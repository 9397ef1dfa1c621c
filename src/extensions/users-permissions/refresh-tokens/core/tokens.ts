import { createSecretKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { TokenRefused } from './errors';

const ALGORITHM = 'HS256' satisfies jwt.Algorithm;

/** Our tokens have less than a tenth of it. Longer input is refused before anything is hashed. */
const MAXIMUM_TOKEN_LENGTH = 4096;

/** The claims of a verified access token. */
export interface AccessClaims {
  readonly id: number;
  /** Absent in a token that belongs to no session (`jwt.issue({ id })`). */
  readonly sessionId?: string;
  /** Seconds since the epoch. */
  readonly iat: number;
  /** Seconds since the epoch. */
  readonly exp: number;
}

/** The claims of a verified refresh token. */
export interface RefreshClaims {
  readonly sessionId: string;
  readonly generation: number;
  /** When this generation began; seconds since the epoch. */
  readonly iat: number;
  /**
   * Whether `exp` has passed. An expired token never rotates a session, but an older generation still
   * reveals a theft (docs/decisions/0009).
   */
  readonly isExpired: boolean;
}

/** `iat` and `exp` of a token, in milliseconds since the epoch. */
interface TokenTimes {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Mints and verifies access and refresh tokens. Verification throws {@link TokenRefused}. */
export interface TokenService {
  mintAccess(subject: { id: number; sessionId?: string }, times: TokenTimes): string;
  /** Deterministic: equal claims and times yield a byte-identical token (design section 3). */
  mintRefresh(claims: Pick<RefreshClaims, 'sessionId' | 'generation'>, times: TokenTimes): string;
  /**
   * Signs claims of other code as an access token that belongs to no session.
   *
   * @param now milliseconds since the epoch
   */
  signAccess(claims: object, options: jwt.SignOptions, now: number): string;
  /** @param now milliseconds since the epoch */
  verifyAccess(token: unknown, now: number): AccessClaims;
  /**
   * Accepts an expired token; `isExpired` of the claims says so.
   *
   * @param now milliseconds since the epoch
   */
  verifyRefresh(token: unknown, now: number): RefreshClaims;
}

/** Rounds down, so that no token outlives its end. JWT times are in seconds (RFC 7519, section 2). */
const toSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

// `jsonwebtoken` parses a string as a PEM key first, on every call (its `sign.js` and `verify.js`).
const toKeys = (secrets: readonly string[]): KeyObject[] =>
  secrets.map((secret) => createSecretKey(secret, 'utf8'));

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

const isSignatureMismatch = (error: unknown): boolean =>
  error instanceof jwt.JsonWebTokenError && error.message === 'invalid signature';

const toRefusal = (error: unknown): unknown => {
  if (error instanceof jwt.TokenExpiredError) return new TokenRefused('token-expired');
  if (error instanceof jwt.JsonWebTokenError) {
    return new TokenRefused(isSignatureMismatch(error) ? 'bad-signature' : 'malformed');
  }
  // `jsonwebtoken` throws these for a payload that is not JSON, or is `null`. The key and the options
  // are ours and constant, so the token is the cause.
  const isBadPayload = error instanceof SyntaxError || error instanceof TypeError;
  return isBadPayload ? new TokenRefused('malformed') : error;
};

const verifySignature = (
  token: string,
  keys: readonly KeyObject[],
  { now, ignoreExpiration }: { now: number; ignoreExpiration: boolean },
): unknown => {
  const options = {
    ignoreExpiration,
    algorithms: [ALGORITHM],
    clockTimestamp: toSeconds(now),
  } satisfies jwt.VerifyOptions;
  let failure: unknown;
  for (const key of keys) {
    try {
      return jwt.verify(token, key, options);
    } catch (error) {
      failure = error;
      if (!isSignatureMismatch(error)) break;
    }
  }
  throw toRefusal(failure);
};

const verify = (
  token: unknown,
  keys: readonly KeyObject[],
  type: 'access' | 'refresh',
  now: number,
): jwt.JwtPayload => {
  if (typeof token !== 'string' || token.length > MAXIMUM_TOKEN_LENGTH) {
    throw new TokenRefused('malformed');
  }
  const claims = verifySignature(token, keys, { now, ignoreExpiration: type === 'refresh' });
  if (typeof claims !== 'object' || claims === null) throw new TokenRefused('malformed');
  const payload = claims as jwt.JwtPayload;
  if (payload.type !== type) throw new TokenRefused('wrong-type');
  // `jsonwebtoken` accepts a token without `exp`, which would never expire.
  if (!isCount(payload.exp) || !isCount(payload.iat)) {
    throw new TokenRefused('bad-claims');
  }
  return payload;
};

/**
 * Creates the token service (design section 3): HS256 only (RFC 8725, section 3.1), `type` always
 * checked (RFC 8725, section 3.11), several secrets so that they can be rotated.
 *
 * @param accessSecrets the first signs access tokens, all verify them
 * @param refreshSecrets the first signs refresh tokens, all verify them
 */
export const createTokenService = (
  accessSecrets: readonly string[],
  refreshSecrets: readonly string[],
): TokenService => {
  const accessKeys = toKeys(accessSecrets);
  const refreshKeys = toKeys(refreshSecrets);
  const [accessKey] = accessKeys;
  const [refreshKey] = refreshKeys;
  if (!accessKey || !refreshKey) throw new TypeError('Each kind of token needs a secret');

  const mint = (claims: object, key: KeyObject, { issuedAt, expiresAt }: TokenTimes): string =>
    jwt.sign({ ...claims, iat: toSeconds(issuedAt), exp: toSeconds(expiresAt) }, key, {
      algorithm: ALGORITHM,
    });

  return {
    mintAccess({ id, sessionId }, times) {
      return mint({ id, sessionId, type: 'access' }, accessKey, times);
    },

    mintRefresh({ sessionId, generation }, times) {
      return mint({ sessionId, generation, type: 'refresh' }, refreshKey, times);
    },

    signAccess(claims, options, now) {
      return jwt.sign(
        { ...claims, sessionId: undefined, type: 'access', iat: toSeconds(now) },
        accessKey,
        { ...options, algorithm: ALGORITHM },
      );
    },

    verifyAccess(token, now) {
      const { id, sessionId, iat, exp } = verify(token, accessKeys, 'access', now);
      const hasSession = typeof sessionId === 'string';
      if (!isCount(id) || (!hasSession && sessionId !== undefined)) {
        throw new TokenRefused('bad-claims');
      }
      return { id, ...(hasSession ? { sessionId } : {}), iat: iat as number, exp: exp as number };
    },

    verifyRefresh(token, now) {
      const { sessionId, generation, iat, exp } = verify(token, refreshKeys, 'refresh', now);
      if (typeof sessionId !== 'string' || !isCount(generation)) {
        throw new TokenRefused('bad-claims');
      }
      return {
        sessionId,
        generation,
        iat: iat as number,
        isExpired: toSeconds(now) >= (exp as number),
      };
    },
  };
};
