import { generateKeyPairSync, type KeyObject } from 'node:crypto';

/** A key pair for access tokens, as PEM texts and as objects. */
export interface TestKeys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** PKCS#8. */
  readonly privatePem: string;
  /** SubjectPublicKeyInfo. */
  readonly publicPem: string;
}

const toKeys = (pair: { privateKey: KeyObject; publicKey: KeyObject }): TestKeys => ({
  ...pair,
  privatePem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  publicPem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
});

export const ecKeys = (namedCurve = 'P-256'): TestKeys =>
  toKeys(generateKeyPairSync('ec', { namedCurve }));

/** @param modulusLength in bits */
export const rsaKeys = (modulusLength = 2048): TestKeys =>
  toKeys(generateKeyPairSync('rsa', { modulusLength }));

export const ed25519Keys = (): TestKeys => toKeys(generateKeyPairSync('ed25519'));
