import type jwt from 'jsonwebtoken';
import compact from 'lodash/compact';
import isMatch from 'lodash/isMatch';
import isUndefined from 'lodash/isUndefined';
import omit from 'lodash/omit';
import omitBy from 'lodash/omitBy';
import type { AccessKey, SigningKey } from './access-keys';
import { TokenRefused } from './errors';
import {
  kidOf,
  sign,
  signerOf,
  toSeconds,
  toVerifiers,
  verifySignature,
  type Verifier,
} from './signatures';

/**
 * Enough for our longest token: own claims of 2 kB, and a signature by an RSA key of 16,384 bits. Longer
 * input is refused before anything is hashed.
 */
const MAXIMUM_TOKEN_LENGTH = 8192;

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
export interface TokenTimes {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** What signs and verifies access tokens besides their secrets, and is in each of them. */
export interface AccessTokenOptions {
  /** Signs access tokens in place of the first secret. */
  readonly signingKey?: SigningKey | undefined;
  /** Further keys that verify access tokens. */
  readonly publicKeys?: readonly AccessKey[];
  /** `iss` of every access token; a token with another one or without is refused. */
  readonly issuer?: string | undefined;
  /** The same for `aud`. */
  readonly audience?: string | undefined;
}

/** Mints and verifies access and refresh tokens. Verification throws {@link TokenRefused}. */
export interface TokenService {
  /** @param own further claims, as `checkOwnClaims` accepts them */
  mintAccess(subject: { id: number; sessionId?: string }, times: TokenTimes, own?: object): string;
  /** Deterministic: equal claims and times yield a byte-identical token (design section 3). */
  mintRefresh(claims: Pick<RefreshClaims, 'sessionId' | 'generation'>, times: TokenTimes): string;
  /**
   * Signs claims of other code as an access token that belongs to no session.
   *
   * @param now milliseconds since the epoch
   */
  signAccess(claims: object, options: jwt.SignOptions, now: number): string;
  /**
   * Verifies signature, type, times and `iss` and `aud` of an access token, and returns all its claims. Other code
   * may have issued it: its `id`, if any, can be anything.
   *
   * @param now milliseconds since the epoch
   */
  readAccess(token: unknown, now: number): jwt.JwtPayload;
  /** @param now milliseconds since the epoch */
  verifyAccess(token: unknown, now: number): AccessClaims;
  /**
   * Accepts an expired token; `isExpired` of the claims says so.
   *
   * @param now milliseconds since the epoch
   */
  verifyRefresh(token: unknown, now: number): RefreshClaims;
}

/** Selects the keys of which one must have signed a token. The token is not verified yet. */
type SelectVerifiers = (token: string) => readonly Verifier[];

/** Returns the options of `jsonwebtoken` that would change the header, or add an `iss` or `aud` beside ours. */
const refusedOptions = (ours: { iss?: string; aud?: string }): (keyof jwt.SignOptions)[] => [
  ...(['header', 'keyid'] as const),
  ...(ours.iss === undefined ? [] : (['issuer'] as const)),
  ...(ours.aud === undefined ? [] : (['audience'] as const)),
];

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

/** Returns the user id of a claim, or undefined: other code issues tokens with a number as text, too. */
export const userIdOf = (claim: unknown): number | undefined => {
  const id = typeof claim === 'string' && /^\d+$/.test(claim) ? Number(claim) : claim;
  return isCount(id) ? id : undefined;
};

const verify = (
  token: unknown,
  selectVerifiers: SelectVerifiers,
  type: 'access' | 'refresh',
  now: number,
): jwt.JwtPayload => {
  if (typeof token !== 'string' || token.length > MAXIMUM_TOKEN_LENGTH) {
    throw new TokenRefused('malformed');
  }
  const verifiers = selectVerifiers(token);
  const claims = verifySignature(token, verifiers, { now, ignoreExpiration: type === 'refresh' });
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
 * Creates the token service (design section 3). A key verifies with its one algorithm, whatever the header
 * of a token claims (RFC 8725, section 3.1): a secret with HS256, a public key with its own. `type` is always
 * checked (RFC 8725, section 3.11). Several secrets and keys, so that they can be rotated.
 *
 * @param accessSecrets the first signs access tokens unless a key does, all verify them
 * @param refreshSecrets the first signs refresh tokens, all verify them
 */
export const createTokenService = (
  accessSecrets: readonly string[],
  refreshSecrets: readonly string[],
  { signingKey, publicKeys = [], issuer, audience }: AccessTokenOptions = {},
): TokenService => {
  const accessVerifiers = toVerifiers(accessSecrets);
  const refreshVerifiers = toVerifiers(refreshSecrets);
  const [accessSecret] = accessVerifiers;
  const [refreshSigner] = refreshVerifiers;
  if (!accessSecret || !refreshSigner) throw new TypeError('Each kind of token needs a secret');
  const accessSigner = signingKey ? signerOf(signingKey) : accessSecret;
  const verifierOfKey = new Map<unknown, readonly Verifier[]>(
    compact([signingKey, ...publicKeys]).map(({ kid, publicKey: key, algorithm }) => [
      kid,
      [{ key, algorithm }],
    ]),
  );
  const selectAccessVerifiers: SelectVerifiers = (token) =>
    (verifierOfKey.size > 0 && verifierOfKey.get(kidOf(token))) || accessVerifiers;

  const addressing = omitBy({ iss: issuer, aud: audience }, isUndefined);

  const toClaims = ({ issuedAt, expiresAt }: TokenTimes) => ({
    iat: toSeconds(issuedAt),
    exp: toSeconds(expiresAt),
  });

  const readAccess = (token: unknown, now: number): jwt.JwtPayload => {
    const claims = verify(token, selectAccessVerifiers, 'access', now);
    if (!isMatch(claims, addressing)) throw new TokenRefused('bad-claims');
    return claims;
  };

  return {
    readAccess,

    mintAccess({ id, sessionId }, times, own) {
      const claims = { ...own, id, sessionId, type: 'access', ...addressing, ...toClaims(times) };
      return sign(claims, accessSigner);
    },

    mintRefresh({ sessionId, generation }, times) {
      // Rounded up: the session's row ends it to the millisecond, and its token never ends before it.
      const exp = Math.ceil(times.expiresAt / 1000);
      return sign(
        { sessionId, generation, type: 'refresh', ...toClaims(times), exp },
        refreshSigner,
      );
    },

    signAccess(claims, options, now) {
      const payload = {
        ...claims,
        sessionId: undefined,
        type: 'access',
        ...addressing,
        iat: toSeconds(now),
      };
      return sign(payload, accessSigner, omit(options, refusedOptions(addressing)));
    },

    verifyAccess(token, now) {
      const { sessionId, iat, exp, ...claims } = readAccess(token, now);
      const id = userIdOf(claims.id);
      const hasSession = typeof sessionId === 'string';
      if (id === undefined || (!hasSession && sessionId !== undefined)) {
        throw new TokenRefused('bad-claims');
      }
      return { id, ...(hasSession ? { sessionId } : {}), iat: iat as number, exp: exp as number };
    },

    verifyRefresh(token, now) {
      const claims = verify(token, () => refreshVerifiers, 'refresh', now);
      const { sessionId, generation, iat, exp } = claims;
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
