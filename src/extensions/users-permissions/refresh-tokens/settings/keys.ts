import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import {
  createAccessKey,
  createSigningKey,
  keyProblem,
  type AccessKey,
  type SigningKey,
} from '../core/access-keys';
import { refuse } from './variables';

/** A key that cannot be used. The message says why. It never contains any part of the key. */
class BadKey extends Error {}

/** One block of a PEM text (RFC 7468). */
interface Block {
  readonly label: string;
  readonly pem: string;
}

const BLOCK = /-----BEGIN ([A-Z\d ]+)-----.*?-----END \1-----/gs;

const CONVERT = 'convert it with "openssl pkey -in old.pem -out new.pem"';

/** Reads the text of a file. Its name is not quoted: it may be a key that has lost its first line. */
const readKeyFile = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw new BadKey(
      `is neither PEM text ("-----BEGIN …") nor the path of a file that can be read (${code})`,
    );
  }
};

/** Returns the PEM text of a value, with its line breaks: the value itself, or the file that it names. */
const toPemText = (value: string): string => {
  // `docker run --env-file` keeps the quotes that other readers of `.env` files remove.
  const text = value.replace(/^"(.*)"$/s, '$1').trim();
  return text.includes('-----BEGIN')
    ? text.replaceAll('\\r', '').replaceAll('\\n', '\n')
    : readKeyFile(text);
};

/** @throws {BadKey} */
const readBlocks = (text: string): Block[] => {
  const blocks = [...text.matchAll(BLOCK)].map(([pem, label = '']) => ({ label, pem }));
  if (blocks.length === 0 || text.split('-----BEGIN').length - 1 > blocks.length) {
    throw new BadKey(
      'has no whole PEM block, from "-----BEGIN …" to "-----END …": in a .env file write it on one line, with \\n for each line break',
    );
  }
  if (blocks.some(({ pem }) => !/^-----BEGIN [^-]+-----\r?\n.*\n-----END/s.test(pem))) {
    throw new BadKey('has lost its line breaks: write \\n for each');
  }
  return blocks;
};

const isEncrypted = ({ label, pem }: Block): boolean =>
  label.startsWith('ENCRYPTED') || pem.includes('Proc-Type: 4,ENCRYPTED');

/** @throws {BadKey} */
const checkKey = (read: () => KeyObject): KeyObject => {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    throw new BadKey('cannot be decoded: is it complete?');
  }
  const problem = keyProblem(key);
  if (problem !== null) throw new BadKey(problem);
  return key;
};

/** @throws {BadKey} */
const toSigningKey = (block: Block): SigningKey => {
  const { label, pem } = block;
  if (isEncrypted(block)) throw new BadKey(`is encrypted with a passphrase; ${CONVERT}`);
  if (label === 'PUBLIC KEY') throw new BadKey('is a public key; the private key is needed');
  if (/^(EC|RSA) /.test(label)) throw new BadKey(`is not PKCS#8 ("BEGIN PRIVATE KEY"); ${CONVERT}`);
  if (label !== 'PRIVATE KEY') throw new BadKey(`is "${label}"; "PRIVATE KEY" is needed`);
  return createSigningKey(checkKey(() => createPrivateKey(pem)));
};

/** @throws {BadKey} */
const toAccessKey = ({ label, pem }: Block): AccessKey => {
  if (label.endsWith('PRIVATE KEY')) {
    throw new BadKey(
      'is a private key; put the public one here ("openssl pkey -in private.pem -pubout")',
    );
  }
  if (label !== 'PUBLIC KEY') throw new BadKey(`is "${label}"; "PUBLIC KEY" is needed`);
  return createAccessKey(checkKey(() => createPublicKey(pem)));
};

/** Adds to the message which one of several keys is bad. */
const toAccessKeys = (blocks: readonly Block[]): AccessKey[] =>
  blocks.map((block, index) => {
    try {
      return toAccessKey(block);
    } catch (error) {
      if (error instanceof BadKey && blocks.length > 1) {
        throw new BadKey(`key ${index + 1} of ${blocks.length} ${error.message}`);
      }
      throw error;
    }
  });

/** Turns a {@link BadKey} into a problem of the variable. */
const keySchema = <Key>(read: (value: string) => Key) =>
  z.string().transform((value, context): Key => {
    try {
      return read(value);
    } catch (error) {
      if (error instanceof BadKey) return refuse(context, error.message);
      throw error;
    }
  });

/** The private key that signs access tokens: PKCS#8 as PEM text, or the path of such a file. */
export const signingKey = keySchema((value) => {
  const [block, ...others] = readBlocks(toPemText(value));
  if (!block || others.length > 0) throw new BadKey('has several keys; one signs');
  return toSigningKey(block);
});

/** Public keys: PEM texts (SubjectPublicKeyInfo) one after another or comma-separated, or paths of such files. */
export const accessKeyList = keySchema((value) =>
  toAccessKeys(value.split(',').flatMap((entry) => readBlocks(toPemText(entry)))),
);
