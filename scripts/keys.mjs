#!/usr/bin/env node
/** Creates a key pair for access tokens, and prints the lines for `.env`. Writes no file: see HELP. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import dotenv from 'dotenv';
import { parseOptions } from './parse-options.mjs';

const HELP = `Usage: npm run keys -- [--rsa] [--rotate]

Creates a key pair that signs access tokens, and prints the lines for .env. Changes no file.

  --rsa     RS256 with an RSA key of 2048 bits, instead of ES256 with a P-256 key
  --rotate  prints how to replace the key in .env (or the file that ENV_PATH names) without logging
            anyone out
  --help    prints this text`;

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Returns the public key of ACCESS_TOKEN_PRIVATE_KEY: PEM text or a path, as in `settings/keys.ts`. */
const currentPublicKey = () => {
  const file = path.resolve(root, process.env.ENV_PATH ?? '.env');
  const inFile = existsSync(file) ? dotenv.parse(readFileSync(file)) : {};
  const value = { ...inFile, ...process.env }.ACCESS_TOKEN_PRIVATE_KEY?.trim();
  if (!value) return null;
  const pem = value.includes('-----BEGIN')
    ? value.replaceAll('\\n', '\n')
    : readFileSync(path.resolve(root, value));
  return createPublicKey(createPrivateKey(pem));
};

const { rsa, rotate } = parseOptions(HELP, {
  rsa: { type: 'boolean' },
  rotate: { type: 'boolean' },
});

const { privateKey, publicKey } = rsa
  ? generateKeyPairSync('rsa', { modulusLength: 2048 })
  : generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** Returns a line of `.env`: each line break is written as \n. */
const line = (name, ...keys) => {
  const pems = keys.map((key) =>
    key.export({ format: 'pem', type: key.type === 'private' ? 'pkcs8' : 'spki' }),
  );
  return `${name}="${pems.join('').replaceAll('\n', '\\n')}"`;
};
const privateLine = line('ACCESS_TOKEN_PRIVATE_KEY', privateKey);

if (rotate) {
  const current = currentPublicKey();
  if (!current) {
    console.error('There is no ACCESS_TOKEN_PRIVATE_KEY to replace. Run npm run keys.');
    process.exit(1);
  }
  console.log(`# 1. Set this beside the current ACCESS_TOKEN_PRIVATE_KEY. It has the public keys of the current and
#    of the new one. Restart every instance, and wait five minutes: other services then know the new one.
${line('ACCESS_TOKEN_PUBLIC_KEYS', current, publicKey)}

# 2. Replace ACCESS_TOKEN_PRIVATE_KEY by this. Leave ACCESS_TOKEN_PUBLIC_KEYS. Restart every instance.
${privateLine}

# 3. After JWT_SECRET_EXPIRES, when no token of the old key is left, remove ACCESS_TOKEN_PUBLIC_KEYS.`);
} else {
  console.log(`# Signs access tokens. Keep it secret.
${privateLine}

# With several instances, set this one first, and restart each: all then accept the tokens of the first
# that signs with the key. With one instance leave it out.
${line('ACCESS_TOKEN_PUBLIC_KEYS', publicKey)}`);
}
