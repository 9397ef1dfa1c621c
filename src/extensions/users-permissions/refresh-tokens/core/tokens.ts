import { createSecretKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { TokenRefused } from './errors';

const ALGORITHM = 'HS256' satisfies jwt.Algorithm;

/** No token of ours is a tenth as long; longer input is refused before any hashing. */
const MAXIMUM_TOKEN_LENGTH = 4096;

/** What an access token says once it has been verified. */
export interface AccessClaims {
  readonly id: number;
  /** Absent in a token that is tied to no session (`jwt.issue({ id })`). */
  readonly sessionId?: string;
  /** Seconds since the epoch. */
  readonly iat: number;
  /** Seconds since the epoch. */
  readonly exp: number;
}

/** What a refresh token says once it has been verified. */
export interface RefreshClaims {
  readonly sessionId: string;
  readonly generation: number;
  /** Seconds since the epoch: when this generation began. */
  readonly iat: number;
  /**
   * Whether its own end has passed. Such a token rotates nothing, but an old one still tells of a
   * theft (docs/decisions/0009).
   */
  readonly isExpired: boolean;
}

/** When a token was made and when it ends, both in milliseconds since the epoch. */
export interface TokenTimes {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Mints and verifies both kinds of token. Verification throws {@link TokenRefused}. */
export interface Tokens {
  mintAccess(subject: { id: number; sessionId?: string }, times: TokenTimes): string;
  /** Deterministic: the same claims and times give a byte-identical token (design section 3). */
  mintRefresh(claims: Pick<RefreshClaims, 'sessionId' | 'generation'>, times: TokenTimes): string;
  /** Signs other people's claims as an access token that is tied to no session. */
  signAccess(claims: object, options: jwt.SignOptions, now: number): string;
  /** @param now milliseconds since the epoch */
  verifyAccess(token: unknown, now: number): AccessClaims;
  /**
   * Does not refuse a token for its end, but says whether it has passed.
   *
   * @param now milliseconds since the epoch
   */
  verifyRefresh(token: unknown, now: number): RefreshClaims;
}

/** JWT times are whole seconds (RFC 7519, NumericDate); rounded down, never past the real end. */
const toSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

// As strings, `jsonwebtoken` would try to parse each secret as a PEM key on every single call.
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
  // `jsonwebtoken` stumbles over a payload that is no JSON, or is `null`. All else that it is given
  // is ours and never changes, so these two speak of the token as well.
  const isStumble = error instanceof SyntaxError || error instanceof TypeError;
  return isStumble ? new TokenRefused('malformed') : error;
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
  // A token without an end would outlive every limit.
  if (!isCount(payload.exp) || !isCount(payload.iat)) {
    throw new TokenRefused('bad-claims');
  }
  return payload;
};

/**
 * Makes the minter and verifier of both kinds of token (design section 3): HS256 only
 * (RFC 8725, 3.1), `type` always checked (RFC 8725, 3.11), several secrets for rotation.
 *
 * @param accessSecrets the first signs access tokens, all verify them
 * @param refreshSecrets the first signs refresh tokens, all verify them
 */
export const createTokens = (
  accessSecrets: readonly string[],
  refreshSecrets: readonly string[],
): Tokens => {
  const accessKeys = toKeys(accessSecrets);
  const refreshKeys = toKeys(refreshSecrets);
  const [accessKey] = accessKeys;
  const [refreshKey] = refreshKeys;
  if (!accessKey || !refreshKey) throw new TypeError('Both kinds of token need a secret');

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
      const isTied = typeof sessionId === 'string';
      if (!isCount(id) || (!isTied && sessionId !== undefined)) {
        throw new TokenRefused('bad-claims');
      }
      return { id, ...(isTied ? { sessionId } : {}), iat: iat as number, exp: exp as number };
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
