import { createHash, createPublicKey, type KeyObject } from 'node:crypto';

/** RFC 7518, section 3.3. */
const MINIMUM_RSA_BITS = 2048;

/**
 * A public key that verifies access tokens. Its algorithm is a property of the key, whatever the header of a
 * token claims (RFC 8725, section 3.1).
 */
export interface AccessKey {
  /** The RFC 7638 thumbprint. */
  readonly kid: string;
  readonly algorithm: 'ES256' | 'RS256';
  readonly publicKey: KeyObject;
}

/** A key pair that signs access tokens. */
export interface SigningKey extends AccessKey {
  readonly privateKey: KeyObject;
}

/** The JSON Web Key Set of `GET /.well-known/jwks.json` (RFC 7517, section 5). */
export interface KeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** Returns what is wrong with a key, public or private, for a message; null for one that can be used. */
export const keyProblem = ({
  asymmetricKeyType: type,
  asymmetricKeyDetails: { namedCurve, modulusLength = 0 } = {},
}: KeyObject): string | null => {
  if (type === 'ec') {
    return namedCurve === 'prime256v1'
      ? null
      : `is on the curve ${namedCurve}; use P-256 (prime256v1), which ES256 needs`;
  }
  if (type === 'rsa') {
    return modulusLength >= MINIMUM_RSA_BITS
      ? null
      : `is an RSA key of ${modulusLength} bits; use ${MINIMUM_RSA_BITS} or more`;
  }
  return `is a key of the type ${type}; use P-256 (ES256) or RSA (RS256)`;
};

/** Returns the RFC 7638 thumbprint of the JWK of a public key, which has the required members only. */
const thumbprintOf = (jwk: object): string => {
  const members = Object.entries(jwk).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest('base64url');
};

/** @param publicKey one without a {@link keyProblem} */
export const createAccessKey = (publicKey: KeyObject): AccessKey => ({
  kid: thumbprintOf(publicKey.export({ format: 'jwk' })),
  algorithm: publicKey.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256',
  publicKey,
});

/** @param privateKey one without a {@link keyProblem} */
export const createSigningKey = (privateKey: KeyObject): SigningKey => ({
  ...createAccessKey(createPublicKey(privateKey)),
  privateKey,
});

/** Returns the key set to publish. It has public keys only. */
export const keySetOf = (keys: readonly AccessKey[]): KeySet => ({
  keys: keys.map(({ kid, algorithm, publicKey }) => ({
    ...publicKey.export({ format: 'jwk' }),
    kid,
    alg: algorithm,
    use: 'sig',
  })),
});
