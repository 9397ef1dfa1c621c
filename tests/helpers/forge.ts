import { createHmac } from 'node:crypto';

const encode = (part: unknown): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

interface Forgery {
  readonly header?: unknown;
  /** A string is encoded as it is, any other value as JSON. */
  readonly payload: unknown;
  /** Without a secret the signature is empty. */
  readonly secret?: string;
  readonly hash?: 'sha256' | 'sha512';
}

/** Creates a JWT without a library, so that it can be wrong in ways that no library would sign. */
export const forgeToken = ({
  header = { alg: 'HS256', typ: 'JWT' },
  payload,
  secret,
  hash = 'sha256',
}: Forgery): string => {
  const signed = `${encode(header)}.${encode(payload)}`;
  const signature =
    secret === undefined ? '' : createHmac(hash, secret).update(signed).digest('base64url');
  return `${signed}.${signature}`;
};
