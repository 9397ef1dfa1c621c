import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../tests/helpers/paths';
import { withServer } from '../../tests/helpers/suite';
import { testDatabase } from '../../tests/helpers/databases';
import { createUser, login, refresh } from '../../tests/helpers/users';

const EXTENSION = 'src/extensions/users-permissions/refresh-tokens';
const ROOMS_DRAWING = /(?<=^```mermaid\n)flowchart TB\n.*?(?=^```$)/ms;
const REFRESH_DRAWING = /(?<=^```mermaid\n)sequenceDiagram\n.*?(?=^```$)/ms;
const STATEMENTS = /(?<=^```sql\n).*?(?=^```$)/ms;

const page = readFileSync(path.join(projectRoot, 'docs/architecture.md'), 'utf8');
const inExtension = (file: string): string => path.join(projectRoot, EXTENSION, file);
const entries = readdirSync(inExtension('.'), { recursive: true, withFileTypes: true });

/** The part of the page that a pattern matches. */
const partOf = (pattern: RegExp): string => {
  const part = pattern.exec(page)?.[0];
  if (part === undefined) throw new Error(`docs/architecture.md has nothing like ${pattern}`);
  return part;
};

/** Draws the rooms and their imports with dependency-cruiser, which also checks the floors. */
const drawRooms = (): string =>
  execFileSync(
    process.execPath,
    [
      'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
      ...['--config', '.dependency-cruiser.cjs'],
      ...['--include-only', `^${EXTENSION}/`, '--exclude', `^${EXTENSION}/(shapes|strapi-errors)`],
      ...['--collapse', `^${EXTENSION}/[^/]+`],
      '--output-type',
      `plugin:${new URL('rooms-reporter.mjs', import.meta.url).href}`,
      'src',
    ],
    { cwd: projectRoot, encoding: 'utf8' },
  );

describe('docs/architecture.md', () => {
  it('draws the rooms as they import each other; `npm run architecture` updates it', async () => {
    partOf(ROOMS_DRAWING);

    await expect(page.replace(ROOMS_DRAWING, drawRooms)).toMatchFileSnapshot(
      '../../docs/architecture.md',
    );
  });

  it('has a row for each room', () => {
    const rows = [...page.matchAll(/^\| \d +\| (`.*?`) +\|/gm)].map(([, cell]) => cell).join(' ');
    const rooms = entries.filter((entry) => entry.isDirectory()).map(({ name }) => `\`${name}/\``);

    expect(rooms.length).toBeGreaterThan(5);
    expect(rooms.filter((room) => !rows.includes(room))).toEqual([]);
  });

  it('names files and folders that exist', () => {
    const named = [...page.matchAll(/`([\w./-]+(?:\.\w+|\/))`/g)].map(([, file = '']) => file);
    const roots = [EXTENSION, path.dirname(EXTENSION), '.'];

    expect(named.length).toBeGreaterThan(40);
    expect(
      named.filter((file) => !roots.some((root) => existsSync(path.join(projectRoot, root, file)))),
    ).toEqual([]);
  });
});

describe('The drawing of a refresh in docs/architecture.md', () => {
  const drawing = partOf(REFRESH_DRAWING);
  const fileOf = new Map(
    [...drawing.matchAll(/participant (\w+) as (\S+\.ts)$/gm)].map(([, id = '', file = '']) => [
      id,
      file,
    ]),
  );
  const named = (text: string): string[] =>
    [...text.matchAll(/(\w+)\(\)/g)].map(([, name = '']) => name);
  const calls = [...drawing.matchAll(/->>(\w+): (.*)$/gm)].flatMap(([, id = '', text = '']) =>
    named(text).map((name) => ({ name, file: fileOf.get(id) ?? id })),
  );
  const notes = [...drawing.matchAll(/(\w+)\(\) in ([\w/-]+\.ts)/g)].map(
    ([, name = '', file = '']) => ({ name, file }),
  );

  it('names functions', () => {
    expect(calls.length).toBeGreaterThan(7);
    expect(notes.length).toBeGreaterThan(2);
  });

  it.each([...calls, ...notes])('names $name(), which is in $file', ({ name, file }) => {
    const definition = new RegExp(`(const |async |^ +)${name}(\\(|:| =)`, 'm');

    expect(readFileSync(inExtension(file), 'utf8')).toMatch(definition);
  });

  it.runIf(testDatabase !== 'mysql')('has the statement that a refresh sends', async () => {
    const plain = (sql: string): string =>
      sql.replace(/[`"]/g, '').replace(/\$\d+/g, '?').replace(/\s+/g, ' ').trim();
    const shown = partOf(STATEMENTS).split(/;\n/).map(plain).filter(Boolean);
    let sent: string[] = [];

    await withServer({}, async (server) => {
      const tokens = await login(server, await createUser(server));
      sent = await server.statements(() => refresh(server, tokens).expect(200));
    });

    // The list of columns is left out on the page.
    expect(sent.map(plain).map((sql) => sql.replace(/returning .*$/, 'returning …'))).toEqual(
      shown,
    );
  });
});

it('no two files of the extension have the same name', () => {
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);

  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
