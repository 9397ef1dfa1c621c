import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import dotenv from 'dotenv';
import omit from 'lodash/omit';
import { afterAll, describe, expect, it } from 'vitest';
import { readSettings } from '../../src/extensions/users-permissions/refresh-tokens/settings/settings';
import { projectRoot } from '../helpers/paths';
import { requiredVariables } from '../helpers/settings';

const folder = mkdtempSync(path.join(tmpdir(), 'keys-script-'));
const ENV_PATH = path.join(folder, '.env');
afterAll(() => rmSync(folder, { recursive: true }));

/** @param env the text of the `.env` file */
const run = (args: string[], env = '') => {
  writeFileSync(ENV_PATH, env);
  return promisify(execFile)(
    process.execPath,
    [path.join(projectRoot, 'scripts/keys.mjs'), ...args],
    { env: { ...omit(process.env, 'ACCESS_TOKEN_PRIVATE_KEY'), ENV_PATH } },
  );
};

/** Reads lines of an `.env` file as the server does. */
const read = (lines: string) =>
  readSettings({ ...requiredVariables, ...dotenv.parse(lines) }, false).accessTokens;

describe('npm run keys', () => {
  it.each([
    [[], 'ES256'],
    [['--rsa'], 'RS256'],
  ])('%j prints a new pair for %s, which the settings accept', async (args, algorithm) => {
    const [one, other] = await Promise.all([run(args), run(args)]);

    const { signingKey, publicKeys } = read(one.stdout);
    expect(signingKey).toMatchObject({ algorithm });
    // The same key in both lines.
    expect(publicKeys).toHaveLength(1);
    expect(read(other.stdout).signingKey?.kid).not.toBe(signingKey?.kid);
  });

  it('--rotate prints the lines of each step: both keys verify until the old one is removed', async () => {
    const before =
      (await run([])).stdout.split('\n').find((text) => text.includes('PRIVATE')) ?? '';
    const old = read(before).signingKey?.kid;

    const { stdout } = await run(['--rotate'], before);

    const [publicLine = '', privateLine = ''] = stdout
      .split('\n')
      .filter((text) => text.includes('='));
    const first = read(`${before}\n${publicLine}`);
    const second = read(`${privateLine}\n${publicLine}`);
    const last = read(privateLine);
    expect(first.signingKey?.kid).toBe(old);
    expect(last.signingKey?.kid).not.toBe(old);
    const both = [old, last.signingKey?.kid].sort();
    for (const { publicKeys } of [first, second]) {
      expect(publicKeys.map(({ kid }) => kid).sort()).toEqual(both);
    }
  });

  it('--rotate fails without a key', async () => {
    await expect(run(['--rotate'])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no ACCESS_TOKEN_PRIVATE_KEY') as string,
    });
  });

  it('--help prints the usage, and an unknown option fails', async () => {
    expect((await run(['--help'])).stdout).toMatch(/^Usage: npm run keys/);
    await expect(run(['--rotat'])).rejects.toMatchObject({ code: 2 });
  });
});
