import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inject } from 'vitest';
import { projectRoot } from '../../tests/helpers/paths';

/** A path in the project, and the text of the file. */
export type ProjectFile = [file: string, text: string];

/**
 * Returns the files that a section of a page shows: code whose first line is a comment with its path, and JSON below a
 * line with nothing but its path.
 *
 * @param page relative to the project: `docs/your-code.md`
 */
export const documentedFiles = (page: string, title: string): ProjectFile[] => {
  const text = readFileSync(path.join(projectRoot, page), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
  const blocks = section.matchAll(
    /^```ts\n\/\/ (\S+)\n(.*?)^```$|^`(\S+)`:\n\n```json\n(.*?)^```$/gms,
  );
  return [...blocks].map(([, code = '', codeText = '', json, jsonText]) =>
    json === undefined ? [code, codeText] : [json, jsonText ?? ''],
  );
};

/** Copies the project, adds or replaces these files, and compiles it. Returns the folder. */
export const buildProjectWith = (files: readonly ProjectFile[]): string => {
  const folder = mkdtempSync(path.join(inject('databaseDir'), 'documented-'));
  for (const name of ['node_modules', 'public', 'package.json', 'types']) {
    symlinkSync(path.join(projectRoot, name), path.join(folder, name));
  }
  for (const name of ['config', 'src', 'tsconfig.json']) {
    cpSync(path.join(projectRoot, name), path.join(folder, name), { recursive: true });
  }
  for (const [file, text] of files) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  const tsc = path.join(projectRoot, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', folder, '--incremental', 'false'], {
    stdio: 'inherit',
  });
  return folder;
};
