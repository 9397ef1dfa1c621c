import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import omit from 'lodash/omit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSettings } from '../../src/extensions/users-permissions/refresh-tokens/settings/settings';
import { environmentOf, envLines } from '../helpers/env-file';
import { projectRoot } from '../helpers/paths';

const run = promisify(execFile);

const SECRETS = [
  'JWT_SECRET',
  'REFRESH_SECRET',
  'APP_KEYS',
  'ADMIN_JWT_SECRET',
  'API_TOKEN_SALT',
  'TRANSFER_TOKEN_SALT',
  'ENCRYPTION_KEY',
];

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'create-env-'));
  file = path.join(folder, '.env');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** @param variables what the shell sets besides */
const createEnv = async (args: string[] = [], variables: object = {}): Promise<string> => {
  const script = path.join(projectRoot, 'scripts/create-env.mjs');
  const { stdout, stderr } = await run(process.execPath, [script, ...args], {
    env: {
      ...omit(process.env, SECRETS),
      ENV_PATH: file,
      DATABASE_FILENAME: path.join(folder, 'data.db'),
      ...variables,
    },
    timeout: 30_000,
  });
  return stdout + stderr;
};

const secretsIn = (text: string): string[] => {
  const environment = environmentOf(envLines(text));
  return SECRETS.flatMap((name) => environment[name]?.split(',') ?? []);
};

describe('scripts/create-env.mjs', () => {
  it('creates a file that boots, with a fresh secret wherever one belongs', async () => {
    await createEnv();

    const text = readFileSync(file, 'utf8');
    const environment = environmentOf(envLines(text));
    expect(() => readSettings(environment, true)).not.toThrow();
    const secrets = secretsIn(text);
    expect(secrets).toHaveLength(SECRETS.length + 1);
    expect(new Set(secrets).size).toBe(secrets.length);
    // 256 bits in base64url.
    for (const secret of secrets) expect(secret).toMatch(/^[\w-]{43}$/);
  });

  it('changes nothing of the example but the secrets', async () => {
    await createEnv();

    const created = secretsIn(readFileSync(file, 'utf8')).reduce(
      (text, secret) => text.replace(secret, 'tobemodified'),
      readFileSync(file, 'utf8'),
    );
    expect(created).toBe(readFileSync(path.join(projectRoot, '.env.example'), 'utf8'));
  });

  it('makes other secrets each time', async () => {
    await createEnv();
    const first = secretsIn(readFileSync(file, 'utf8'));
    rmSync(file);
    await createEnv();
    const second = secretsIn(readFileSync(file, 'utf8'));

    expect(first.filter((secret) => second.includes(secret))).toEqual([]);
  });

  it('keeps the file to its owner', async () => {
    await createEnv();

    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('says what it did, and no secret', async () => {
    const said = await createEnv();

    expect(said).toMatch(/^Created .*\.env with random secrets\.\n$/);
    for (const secret of secretsIn(readFileSync(file, 'utf8'))) expect(said).not.toContain(secret);
  });

  it('makes one file when it runs twice at once', async () => {
    const said = await Promise.all([createEnv(), createEnv()]);

    expect(said.filter((line) => line.startsWith('Created'))).toHaveLength(1);
    expect(secretsIn(readFileSync(file, 'utf8'))).toHaveLength(SECRETS.length + 1);
  });

  it('fails aloud where it cannot write', async () => {
    file = path.join(folder, 'missing', '.env');

    await expect(createEnv()).rejects.toMatchObject({ code: 1 });
  });

  it('only explains itself with --help', async () => {
    expect(await createEnv(['--help'])).toMatch(/^Usage: node scripts\/create-env\.mjs/);

    expect(existsSync(file)).toBe(false);
  });

  describe('where the file exists', () => {
    /** What `create-strapi-app` writes: no REFRESH_SECRET, and secrets of 24 characters. */
    const OF_STRAPI = [
      '# Server',
      'HOST=0.0.0.0',
      'PORT=1337',
      '',
      '# Secrets',
      'APP_KEYS="q1w2e3r4t5y6u7i8o9p0aa==,b1w2e3r4t5y6u7i8o9p0aa=="',
      'API_TOKEN_SALT=c1w2e3r4t5y6u7i8o9p0aa==',
      'ADMIN_JWT_SECRET=d1w2e3r4t5y6u7i8o9p0aa==',
      'TRANSFER_TOKEN_SALT=e1w2e3r4t5y6u7i8o9p0aa==',
      'ENCRYPTION_KEY=f1w2e3r4t5y6u7i8o9p0aa==',
      'JWT_SECRET=g1w2e3r4t5y6u7i8o9p0aa==',
      '',
    ].join('\n');

    const valuesOf = (text: string) => environmentOf(envLines(text));

    it('adds what is missing and replaces what the boot would refuse, and nothing else', async () => {
      writeFileSync(file, OF_STRAPI);

      const said = await createEnv();

      const text = readFileSync(file, 'utf8');
      const { JWT_SECRET = '', REFRESH_SECRET = '', ...others } = valuesOf(text);
      expect(JWT_SECRET).toMatch(/^[\w-]{43}$/);
      expect(REFRESH_SECRET).toMatch(/^[\w-]{43}$/);
      expect(others).toEqual(omit(valuesOf(OF_STRAPI), 'JWT_SECRET'));
      expect(text.split('\n').slice(0, 10)).toEqual(OF_STRAPI.split('\n').slice(0, 10));
      expect(() => readSettings(valuesOf(text), true)).not.toThrow();
      expect(said).toMatch(/^Added to .*: REFRESH_SECRET\.\nReplaced in .*: JWT_SECRET\.\n$/);
    });

    it.each([
      ['there is a database', {}],
      ['a server has it', { DATABASE_CLIENT: 'postgres' }],
    ])('replaces nothing when %s, but says what will be refused', async (_name, variables) => {
      writeFileSync(path.join(folder, 'data.db'), 'SQLite format 3');
      writeFileSync(file, OF_STRAPI);

      const said = await createEnv([], variables);

      const text = readFileSync(file, 'utf8');
      expect(text.startsWith(OF_STRAPI)).toBe(true);
      expect(Object.keys(valuesOf(text.slice(OF_STRAPI.length)))).toEqual(['REFRESH_SECRET']);
      expect(said).toContain('JWT_SECRET is too short');
      expect(said).not.toContain('g1w2e3r4t5y6u7i8o9p0aa==');
    });

    it('leaves a file that works as it is, and says nothing', async () => {
      await createEnv();
      const created = readFileSync(file, 'utf8');

      expect(await createEnv()).toBe('');

      expect(readFileSync(file, 'utf8')).toBe(created);
    });

    it('leaves a secret out that the shell sets', async () => {
      writeFileSync(file, OF_STRAPI);

      const said = await createEnv([], {
        JWT_SECRET: 'j'.repeat(40),
        REFRESH_SECRET: 'r'.repeat(40),
      });

      expect(said).toBe('');
      expect(readFileSync(file, 'utf8')).toBe(OF_STRAPI);
    });

    it('keeps the line breaks of Windows, and the mode of the file', async () => {
      writeFileSync(file, OF_STRAPI.replaceAll('\n', '\r\n'), { mode: 0o640 });

      await createEnv();

      expect(readFileSync(file, 'utf8')).toContain('ENCRYPTION_KEY=f1w2e3r4t5y6u7i8o9p0aa==\r\n');
      expect(readFileSync(file, 'utf8')).toMatch(/\nJWT_SECRET=[\w-]{43}\r\n/);
      expect(statSync(file).mode & 0o777).toBe(0o640);
    });
  });
});
