import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSettings } from '../../src/extensions/users-permissions/refresh-tokens/settings/settings';
import { environmentOf, envLines } from '../helpers/env-file';
import { projectRoot } from '../helpers/paths';

const run = promisify(execFile);

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'create-env-'));
  file = path.join(folder, '.env');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const createEnv = async (...args: string[]): Promise<string> => {
  const script = path.join(projectRoot, 'scripts/create-env.mjs');
  const { stdout, stderr } = await run(process.execPath, [script, ...args], {
    env: { ...process.env, ENV_PATH: file },
    timeout: 30_000,
  });
  return stdout + stderr;
};

const SECRETS = [
  'JWT_SECRET',
  'REFRESH_SECRET',
  'APP_KEYS',
  'ADMIN_JWT_SECRET',
  'API_TOKEN_SALT',
  'TRANSFER_TOKEN_SALT',
  'ENCRYPTION_KEY',
];
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

    expect(said).toMatch(/^Created .*\.env with fresh random secrets\.\n$/);
    for (const secret of secretsIn(readFileSync(file, 'utf8'))) expect(said).not.toContain(secret);
  });

  it.each(['JWT_SECRET=mine\n', ''])('never overwrites a file: %j', async (mine) => {
    writeFileSync(file, mine);

    expect(await createEnv()).toBe('');

    expect(readFileSync(file, 'utf8')).toBe(mine);
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
    expect(await createEnv('--help')).toMatch(/^Usage: node scripts\/create-env\.mjs/);

    expect(existsSync(file)).toBe(false);
  });
});
