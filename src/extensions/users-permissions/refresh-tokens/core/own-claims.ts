import isPlainObject from 'lodash/isPlainObject';

/** Claims of ours, and those whose meaning RFC 7519 defines. */
const RESERVED = ['id', 'sessionId', 'type', 'sub', 'exp', 'iat', 'nbf', 'jti', 'iss', 'aud'];

/** Access tokens are sent with every request. */
const MAXIMUM_BYTES = 2048;

/**
 * `accessTokenClaims` of a project has failed, or has returned what cannot be in a token. It is a fault of the
 * server, whatever it threw. The message has names of claims, and no values.
 */
export class OwnClaimsFailed extends Error {
  constructor(problem: string, options?: ErrorOptions) {
    super(`accessTokenClaims ${problem}`, options);
    this.name = 'OwnClaimsFailed';
  }
}

/** Returns the JSON text of a plain object; undefined for any other value. */
const toJson = (claims: unknown): string | undefined => {
  try {
    return isPlainObject(claims) ? JSON.stringify(claims) : undefined;
  } catch (error) {
    throw new OwnClaimsFailed('returned what cannot be written as JSON', { cause: error });
  }
};

/**
 * Checks claims of a project. Returns them as JSON writes them: a value that is undefined is left out.
 *
 * @throws {OwnClaimsFailed} for what is not a plain object, has a reserved name or is longer than 2 kB
 */
export const checkOwnClaims = (claims: unknown): object => {
  const json = toJson(claims) ?? 'null';
  const written: unknown = JSON.parse(json);
  if (typeof written !== 'object' || written === null || Array.isArray(written)) {
    throw new OwnClaimsFailed('must return a plain object');
  }
  const reserved = RESERVED.filter((name) => Object.hasOwn(written, name));
  if (reserved.length > 0) {
    throw new OwnClaimsFailed(`returned reserved claims: ${reserved.join(', ')}`);
  }
  const bytes = Buffer.byteLength(json);
  if (bytes > MAXIMUM_BYTES) {
    throw new OwnClaimsFailed(`returned ${bytes} bytes of JSON; at most ${MAXIMUM_BYTES} fit`);
  }
  return written;
};
