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

/** @param variables further environment variables of the process */
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
  it('creates a valid file, with a different random value for each secret', async () => {
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

  it('copies everything else from the example', async () => {
    await createEnv();

    const created = secretsIn(readFileSync(file, 'utf8')).reduce(
      (text, secret) => text.replace(secret, 'tobemodified'),
      readFileSync(file, 'utf8'),
    );
    expect(created).toBe(readFileSync(path.join(projectRoot, '.env.example'), 'utf8'));
  });

  it('creates other secrets each time', async () => {
    await createEnv();
    const first = secretsIn(readFileSync(file, 'utf8'));
    rmSync(file);
    await createEnv();
    const second = secretsIn(readFileSync(file, 'utf8'));

    expect(first.filter((secret) => second.includes(secret))).toEqual([]);
  });

  it('lets only the owner read the file', async () => {
    await createEnv();

    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('prints what it did, and no secret', async () => {
    const output = await createEnv();

    expect(output).toMatch(/^Created .*\.env with random secrets\.\n$/);
    for (const secret of secretsIn(readFileSync(file, 'utf8')))
      expect(output).not.toContain(secret);
  });

  it('creates one file when it runs twice at once', async () => {
    const outputs = await Promise.all([createEnv(), createEnv()]);

    expect(outputs.filter((line) => line.startsWith('Created'))).toHaveLength(1);
    expect(secretsIn(readFileSync(file, 'utf8'))).toHaveLength(SECRETS.length + 1);
  });

  it('exits with code 1 when it cannot write', async () => {
    file = path.join(folder, 'missing', '.env');

    await expect(createEnv()).rejects.toMatchObject({ code: 1 });
  });

  it('prints its usage with --help, and creates nothing', async () => {
    expect(await createEnv(['--help'])).toMatch(/^Usage: node scripts\/create-env\.mjs/);

    expect(existsSync(file)).toBe(false);
  });

  describe('when the file exists', () => {
    /** As `create-strapi-app` writes it: no REFRESH_SECRET, and secrets of 24 characters. */
    const STRAPI_FILE = [
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

    it('adds missing secrets and replaces invalid ones, and changes nothing else', async () => {
      writeFileSync(file, STRAPI_FILE);

      const output = await createEnv();

      const text = readFileSync(file, 'utf8');
      const { JWT_SECRET = '', REFRESH_SECRET = '', ...others } = valuesOf(text);
      expect(JWT_SECRET).toMatch(/^[\w-]{43}$/);
      expect(REFRESH_SECRET).toMatch(/^[\w-]{43}$/);
      expect(others).toEqual(omit(valuesOf(STRAPI_FILE), 'JWT_SECRET'));
      expect(text.split('\n').slice(0, 10)).toEqual(STRAPI_FILE.split('\n').slice(0, 10));
      expect(() => readSettings(valuesOf(text), true)).not.toThrow();
      expect(output).toMatch(/^Added to .*: REFRESH_SECRET\.\nReplaced in .*: JWT_SECRET\.\n$/);
    });

    it.each([
      ['a database file exists', {}],
      ['the database is on a server', { DATABASE_CLIENT: 'postgres' }],
    ])(
      'replaces nothing when %s, but prints which secrets are invalid',
      async (_name, variables) => {
        writeFileSync(path.join(folder, 'data.db'), 'SQLite format 3');
        writeFileSync(file, STRAPI_FILE);

        const output = await createEnv([], variables);

        const text = readFileSync(file, 'utf8');
        expect(text.startsWith(STRAPI_FILE)).toBe(true);
        expect(Object.keys(valuesOf(text.slice(STRAPI_FILE.length)))).toEqual(['REFRESH_SECRET']);
        expect(output).toContain('JWT_SECRET is too short');
        expect(output).not.toContain('g1w2e3r4t5y6u7i8o9p0aa==');
      },
    );

    it('does not change a valid file, and prints nothing', async () => {
      await createEnv();
      const created = readFileSync(file, 'utf8');

      expect(await createEnv()).toBe('');

      expect(readFileSync(file, 'utf8')).toBe(created);
    });

    it('does not add a secret that the shell sets', async () => {
      writeFileSync(file, STRAPI_FILE);

      const output = await createEnv([], {
        JWT_SECRET: 'j'.repeat(40),
        REFRESH_SECRET: 'r'.repeat(40),
      });

      expect(output).toBe('');
      expect(readFileSync(file, 'utf8')).toBe(STRAPI_FILE);
    });

    it('keeps Windows line breaks and the mode of the file', async () => {
      writeFileSync(file, STRAPI_FILE.replaceAll('\n', '\r\n'), { mode: 0o640 });

      await createEnv();

      expect(readFileSync(file, 'utf8')).toContain('ENCRYPTION_KEY=f1w2e3r4t5y6u7i8o9p0aa==\r\n');
      expect(readFileSync(file, 'utf8')).toMatch(/\nJWT_SECRET=[\w-]{43}\r\n/);
      expect(statSync(file).mode & 0o777).toBe(0o640);
    });
  });
});
