import { createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  createAccessKey,
  createSigningKey,
  keySetOf,
} from '../../src/extensions/users-permissions/refresh-tokens/core/access-keys';
import {
  readSettings,
  type Environment,
} from '../../src/extensions/users-permissions/refresh-tokens/settings/settings';
import { ecKeys, ed25519Keys, rsaKeys } from '../helpers/keys';
import { requiredVariables, settingsRefusalOf } from '../helpers/settings';

const ec = ecKeys();
const rsa = rsaKeys();

const folder = mkdtempSync(path.join(tmpdir(), 'keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (name: string, text: string): string => {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
};

const read = (changes: Environment) =>
  readSettings({ ...requiredVariables, ...changes }, false).accessTokens;

const kidOf = ({ publicKey }: typeof ec): string => createAccessKey(publicKey).kid;

describe('ACCESS_TOKEN_PRIVATE_KEY', () => {
  it.each([
    ['PEM text', ec.privatePem],
    ['PEM text with carriage returns', ec.privatePem.replaceAll('\n', '\r\n')],
    ['PEM text on one line, with \\n', ec.privatePem.replaceAll('\n', '\\n')],
    ['PEM text in quotes', `"${ec.privatePem.replaceAll('\n', '\\n')}"`],
    ['a path', fileOf('ec.pem', ec.privatePem)],
  ])('may be %s', (_name, value) => {
    const { signingKey, publicKeys } = read({ ACCESS_TOKEN_PRIVATE_KEY: value });

    expect(signingKey).toMatchObject({ kid: kidOf(ec), algorithm: 'ES256' });
    expect(signingKey?.privateKey.equals(ec.privateKey)).toBe(true);
    expect(publicKeys).toMatchObject([{ kid: kidOf(ec) }]);
  });

  it('signs with RS256 if it is an RSA key', () => {
    const { signingKey } = read({ ACCESS_TOKEN_PRIVATE_KEY: rsa.privatePem });

    expect(signingKey).toMatchObject({ kid: kidOf(rsa), algorithm: 'RS256' });
  });

  const encrypted = ec.privateKey.export({
    ...{ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'correct-horse' },
  });
  const encryptedPkcs1 = rsa.privateKey.export({
    ...{ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'correct-horse' },
  });
  const sec1 = ec.privateKey.export({ type: 'sec1', format: 'pem' });

  it.each([
    ['an encrypted key', String(encrypted), 'is encrypted with a passphrase'],
    ['an encrypted key of the old format', String(encryptedPkcs1), 'is encrypted with a passphra'],
    ['a public key', ec.publicPem, 'is a public key; the private key is needed'],
    ['a key that is not PKCS#8', String(sec1), 'is not PKCS#8'],
    ['a certificate', ec.publicPem.replaceAll('PUBLIC KEY', 'CERTIFICATE'), 'is "CERTIFICATE"'],
    ['the curve P-384', ecKeys('P-384').privatePem, 'is on the curve secp384r1; use P-256'],
    ['the curve secp256k1', ecKeys('secp256k1').privatePem, 'is on the curve secp256k1'],
    ['RSA of 1024 bits', rsaKeys(1024).privatePem, 'is an RSA key of 1024 bits; use 2048 or more'],
    ['Ed25519', ed25519Keys().privatePem, 'is a key of the type ed25519'],
    ['the first line of a key', '-----BEGIN PRIVATE KEY-----', 'on one line, with \\n'],
    ['a key without its last line', ec.privatePem.slice(0, -10), 'has no whole PEM block'],
    ['spaces as line breaks', ec.privatePem.replaceAll('\n', ' '), 'has lost its line breaks'],
    ['no line breaks', ec.privatePem.replaceAll('\n', ''), 'has lost its line breaks'],
    ['a key that was cut', ec.privatePem.replace(/\n.{30}/, '\n'), 'cannot be decoded'],
    ['two keys', ec.privatePem + rsa.privatePem, 'has several keys; one signs'],
    ['the body of a key', ec.privatePem.split('\n')[1] ?? '', 'is neither PEM text'],
    ['a file that does not exist', path.join(folder, 'none.pem'), '(ENOENT)'],
    ['a folder', folder, '(EISDIR)'],
    ['a bad key in a file', fileOf('public.pem', ec.publicPem), 'is a public key'],
  ])('must not be %s', (_name, value, message) => {
    const { problems } = settingsRefusalOf({
      ...requiredVariables,
      ACCESS_TOKEN_PRIVATE_KEY: value,
    });

    expect(problems).toEqual([
      {
        variable: 'ACCESS_TOKEN_PRIVATE_KEY',
        message: expect.stringContaining(message) as string,
      },
    ]);
    // Not even the body of a key that was taken for a path.
    expect(problems[0]?.message).not.toContain((value.split('\n')[1] ?? value).slice(0, 30));
  });
});

describe('ACCESS_TOKEN_PUBLIC_KEYS', () => {
  const both = [kidOf(ec), kidOf(rsa)];
  const kidsOf = (value: string, own?: string) =>
    read({ ACCESS_TOKEN_PUBLIC_KEYS: value, ACCESS_TOKEN_PRIVATE_KEY: own }).publicKeys.map(
      ({ kid }) => kid,
    );

  it.each([
    ['PEM texts one after another', ec.publicPem + rsa.publicPem],
    ['PEM texts on one line', (ec.publicPem + rsa.publicPem).replaceAll('\n', '\\n')],
    ['PEM texts, comma-separated', `${ec.publicPem},${rsa.publicPem}`],
    [
      'paths, comma-separated',
      `${fileOf('ec.pub', ec.publicPem)}, ${fileOf('rsa.pub', rsa.publicPem)}`,
    ],
    ['a path of a file with several', fileOf('both.pub', ec.publicPem + rsa.publicPem)],
  ])('may be %s', (_name, value) => {
    expect(kidsOf(value)).toEqual(both);
  });

  it('come after the key that signs, which may be among them', () => {
    expect(kidsOf(ec.publicPem + rsa.publicPem, rsa.privatePem)).toEqual(both.reverse());
  });

  it.each([
    ['a private key', ec.privatePem, 'is a private key; put the public one here'],
    ['one private key among others', rsa.publicPem + ec.privatePem, 'key 2 of 2 is a private key'],
    ['a weak key', rsaKeys(1024).publicPem, 'is an RSA key of 1024 bits'],
    ['another curve', ecKeys('P-521').publicPem, 'is on the curve secp521r1'],
    ['an extra comma', `${ec.publicPem},`, 'is neither PEM text'],
    ['a certificate', ec.publicPem.replaceAll('PUBLIC KEY', 'CERTIFICATE'), 'is "CERTIFICATE"'],
  ])('must not have %s', (_name, value, message) => {
    const { problems } = settingsRefusalOf({
      ...requiredVariables,
      ACCESS_TOKEN_PUBLIC_KEYS: value,
    });

    expect(problems).toMatchObject([{ variable: 'ACCESS_TOKEN_PUBLIC_KEYS' }]);
    expect(problems[0]?.message).toContain(message);
  });
});

describe.each(['ACCESS_TOKEN_ISSUER', 'ACCESS_TOKEN_AUDIENCE'])('%s', (name) => {
  it('may be a URI or a text', () => {
    for (const value of ['https://api.example.com/', 'urn:example:api', 'orders']) {
      expect(Object.values(read({ [name]: value }))).toContain(value);
    }
  });

  it.each(['a b', 'a,b', 'https://exämple.com', 'x'.repeat(256)])('must not be %j', (value) => {
    const { problems } = settingsRefusalOf({ ...requiredVariables, [name]: value });

    expect(problems).toMatchObject([{ variable: name }]);
  });
});

describe('the key set', () => {
  it('has the public members of each key, its algorithm and its use', () => {
    const keySet = keySetOf([createSigningKey(ec.privateKey), createAccessKey(rsa.publicKey)]);

    expect(keySet).toEqual({
      keys: [
        {
          ...{ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig', kid: kidOf(ec) },
          ...{ x: expect.any(String) as string, y: expect.any(String) as string },
        },
        {
          ...{ kty: 'RSA', e: 'AQAB', alg: 'RS256', use: 'sig', kid: kidOf(rsa) },
          n: expect.any(String) as string,
        },
      ],
    });
  });

  it('has the thumbprint of RFC 7638 as `kid`', () => {
    // The example of RFC 7638, section 3.1.
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    const publicKey = createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' });

    expect(createAccessKey(publicKey).kid).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });
});
