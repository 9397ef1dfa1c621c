import { createSecretKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { SigningKey } from './access-keys';
import { TokenRefused } from './errors';

const SECRET_ALGORITHM = 'HS256' satisfies jwt.Algorithm;

/** A key with the only algorithm for which it is used. */
export interface Verifier {
  readonly key: KeyObject;
  readonly algorithm: jwt.Algorithm;
}

/** A key that signs, with its algorithm. */
export interface Signer extends Verifier {
  /** The `kid` of the header; a secret has none. */
  readonly keyid?: string;
}

/**
 * Creates the key objects of secrets once: `jsonwebtoken` parses a string as a PEM key first, on every call
 * (its `sign.js` and `verify.js`).
 */
export const toVerifiers = (secrets: readonly string[]): Verifier[] =>
  secrets.map((secret) => ({ key: createSecretKey(secret, 'utf8'), algorithm: SECRET_ALGORITHM }));

/** Signs claims. `options` cannot replace the algorithm and the `kid` of the key. */
export const sign = (
  claims: object,
  { key, ...signer }: Signer,
  options: jwt.SignOptions = {},
): string => jwt.sign(claims, key, { ...options, ...signer });

export const signerOf = ({ privateKey: key, algorithm, kid: keyid }: SigningKey): Signer => ({
  key,
  algorithm,
  keyid,
});

/** Rounds down, so that no token outlives its end. JWT times are in seconds (RFC 7519, section 2). */
export const toSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

const isSignatureMismatch = (error: unknown): boolean =>
  error instanceof jwt.JsonWebTokenError && error.message === 'invalid signature';

const toRefusal = (error: unknown): unknown => {
  if (error instanceof jwt.TokenExpiredError) return new TokenRefused('token-expired');
  if (error instanceof jwt.JsonWebTokenError) {
    return new TokenRefused(isSignatureMismatch(error) ? 'bad-signature' : 'malformed');
  }
  // `jsonwebtoken` throws these for a payload that is not JSON, or is `null`, and for an ES256 signature of
  // a wrong length. The key and the options are ours and constant, so the token is the cause.
  const isBadToken = error instanceof SyntaxError || error instanceof TypeError;
  return isBadToken ? new TokenRefused('malformed') : error;
};

/**
 * Returns the `kid` in the header of a token that is not verified yet. It may only select one of our keys.
 */
export const kidOf = (token: string): unknown => {
  try {
    const header = Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString();
    return (JSON.parse(header) as { kid?: unknown } | null)?.kid;
  } catch {
    return undefined;
  }
};

/**
 * Verifies the signature and the times of a token. Returns its claims.
 *
 * @param verifiers one of them must have signed the token
 * @param now milliseconds since the epoch
 * @throws {TokenRefused}
 */
export const verifySignature = (
  token: string,
  verifiers: readonly Verifier[],
  { now, ignoreExpiration }: { now: number; ignoreExpiration: boolean },
): unknown => {
  let failure: unknown;
  for (const { key, algorithm } of verifiers) {
    try {
      return jwt.verify(token, key, {
        ignoreExpiration,
        algorithms: [algorithm],
        clockTimestamp: toSeconds(now),
      });
    } catch (error) {
      failure = error;
      if (!isSignatureMismatch(error)) break;
    }
  }
  throw toRefusal(failure);
};
