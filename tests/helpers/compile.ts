import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dropDatabases } from './databases';
import { projectRoot } from './paths';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the compiled project. */
    distDir: string;
    /** The same with the content types of `tests/fixtures/api`. */
    distDirWithNotes: string;
  }
}

interface Project {
  provide(
    key: 'distDir' | 'distDirWithNotes' | 'databaseDir' | 'databasePrefix',
    value: string,
  ): void;
}

/**
 * Compiles the project once for all HTTP tests. Not into `dist`, which a running server may use, but
 * into a folder of the project, so that Node finds `node_modules`.
 */
export default function setup({ provide }: Project): () => Promise<void> {
  mkdirSync(path.join(projectRoot, '.tmp'), { recursive: true });
  const newFolder = () => mkdtempSync(path.join(projectRoot, '.tmp', 'test-'));
  const distDir = newFolder();
  execFileSync(
    process.execPath,
    [
      path.join(projectRoot, 'node_modules/typescript/bin/tsc'),
      ...['-p', projectRoot, '--outDir', distDir],
      ...['--incremental', 'false'],
      // `npm run types` checks the types.
      '--noCheck',
    ],
    { stdio: 'inherit' },
  );

  const distDirWithNotes = newFolder();
  cpSync(distDir, distDirWithNotes, { recursive: true });
  cpSync(path.join(projectRoot, 'tests/fixtures/api'), path.join(distDirWithNotes, 'src/api'), {
    recursive: true,
  });

  const databaseDir = mkdtempSync(path.join(tmpdir(), 'strapi-refresh-token-'));
  provide('distDir', distDir);
  provide('distDirWithNotes', distDirWithNotes);
  provide('databaseDir', databaseDir);
  const databasePrefix = `test_${randomBytes(4).toString('hex')}_`;
  provide('databasePrefix', databasePrefix);
  return async () => {
    for (const folder of [distDir, distDirWithNotes, databaseDir])
      rmSync(folder, { recursive: true, force: true });
    await dropDatabases(databasePrefix);
  };
}
