import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { projectRoot } from '../helpers/paths';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const WORKS = 'module.exports = class { close() {} }; module.exports.from = __dirname;';
const LACKS_ITS_BINARY =
  "module.exports = class { constructor() { throw new Error('No binary'); } };";

/**
 * Loads a copy of the driver under a pretended version of Node.js.
 *
 * @param packages the code of the packages that are installed beside it, by name
 * @returns the name of the package that was taken, or the message of the error
 */
const driverFor = (version: string, packages: Record<string, string>): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sqlite-driver-'));
  folders.push(folder);
  cpSync(path.join(projectRoot, 'database/better-sqlite3/index.js'), path.join(folder, 'index.js'));
  for (const [name, code] of Object.entries(packages)) {
    mkdirSync(path.join(folder, 'node_modules', name), { recursive: true });
    writeFileSync(path.join(folder, 'node_modules', name, 'index.js'), code);
  }
  const program = `
    Object.defineProperty(process, 'versions', { value: { node: '${version}' } });
    const { basename } = require('node:path');
    try {
      console.log(basename(require('./index.js').from));
    } catch (error) {
      console.log(error.message);
    }`;
  return execFileSync(process.execPath, ['-e', program], { cwd: folder, encoding: 'utf8' }).trim();
};

const BOTH = { 'better-sqlite3-12': WORKS, 'better-sqlite3-13': WORKS };

describe('The SQLite driver', () => {
  it.each([
    ['20.19.0', 'better-sqlite3-12'],
    ['22.12.0', 'better-sqlite3-13'],
    ['24.21.0', 'better-sqlite3-13'],
    ['26.10.0', 'better-sqlite3-13'],
  ])('for Node.js %s is %s', (version, name) => {
    expect(driverFor(version, BOTH)).toBe(name);
  });

  it.each([
    ['is not installed', {}],
    ['has no binary', { 'better-sqlite3-13': LACKS_ITS_BINARY }],
  ])('is the older one when the newer one %s', (_, packages) => {
    expect(driverFor('22.12.0', { 'better-sqlite3-12': WORKS, ...packages })).toBe(
      'better-sqlite3-12',
    );
    expect(driverFor('24.18.0', { 'better-sqlite3-12': WORKS, ...packages })).toBe(
      'better-sqlite3-12',
    );
  });

  it.each(['24.19.0', '25.0.0', '26.10.0'])(
    'is never the older one with Node.js %s, in which it can abort',
    (version) => {
      expect(driverFor(version, { 'better-sqlite3-12': WORKS })).toMatch(
        new RegExp(`^SQLite does not work here: no driver for Node.js ${version} `),
      );
    },
  );

  it('is missed with the reason of each that could not be loaded', () => {
    expect(driverFor('22.12.0', { 'better-sqlite3-13': LACKS_ITS_BINARY })).toMatch(
      /\(better-sqlite3-13: No binary; better-sqlite3-12: Cannot find module 'better-sqlite3-12'\)/,
    );
  });

  it('is never the newer one with Node.js 20, which it crashes', () => {
    expect(driverFor('20.20.2', { 'better-sqlite3-13': WORKS })).toMatch(/npm ci.*PostgreSQL/);
  });
});
