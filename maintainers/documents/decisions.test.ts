import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../tests/helpers/paths';

const STATUS = /^Status: (accepted|replaced by \[\d+\]\(\d{4}-[\w-]+\.md\))\./m;

describe.each(['docs/decisions', 'maintainers/decisions'])('%s', (folder) => {
  const read = (file: string): string => readFileSync(path.join(projectRoot, folder, file), 'utf8');
  const files = readdirSync(path.join(projectRoot, folder)).filter((file) => /^\d{4}-/.test(file));

  it.each(files)('%s has its number and a status', (file) => {
    const text = read(file);

    expect(text).toMatch(new RegExp(`^# ${Number(file.slice(0, 4))}\\. `));
    expect(text).toMatch(STATUS);
  });

  it('README.md lists each with its title and its status', () => {
    const rows = [
      ...read('README.md').matchAll(/^\| \[(.+)\]\((\d{4}-.+?\.md)\) +\| (.+?) +\|$/gm),
    ];
    const listed = rows.map(([, title, file, status]) => ({ file, title, status }));

    expect(listed).toEqual(
      files.map((file) => ({
        file,
        title: /^# (.+)$/m.exec(read(file))?.[1],
        status: STATUS.exec(read(file))?.[1],
      })),
    );
  });
});
