import { createHmac, sign, type KeyObject } from 'node:crypto';

const encode = (part: unknown): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

interface Forgery {
  readonly header?: unknown;
  /** A string is encoded as it is, any other value as JSON. */
  readonly payload: unknown;
  /** Without a secret the signature is empty. */
  readonly secret?: string;
  readonly hash?: 'sha256' | 'sha512';
  /** A private key that signs in place of a secret, with ES256 or RS256. */
  readonly key?: KeyObject;
}

const signatureOf = (
  signed: string,
  { secret, key, hash = 'sha256' }: Partial<Forgery>,
): string => {
  if (key) {
    // The encoding of RFC 7518, section 3.4. RSA ignores it.
    return sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString(
      'base64url',
    );
  }
  return secret === undefined ? '' : createHmac(hash, secret).update(signed).digest('base64url');
};

/** Creates a JWT without a library, so that it can be wrong in ways that no library would sign. */
export const forgeToken = ({
  header = { alg: 'HS256', typ: 'JWT' },
  payload,
  ...signer
}: Forgery): string => {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${signatureOf(signed, signer)}`;
};
