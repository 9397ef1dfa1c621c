import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, inject } from 'vitest';
import { projectRoot } from './paths';

/**
 * Copies the compiled project and replaces some of its files. Call it outside of tests: the copy is deleted
 * after the last one.
 *
 * @param files paths in the folder of the compiled project, and CommonJS code
 */
export const compiledCopyWith = (files: Record<string, string>): { readonly distDir: string } => {
  // In the project, so that Node finds `node_modules`.
  const distDir = mkdtempSync(path.join(projectRoot, '.tmp', 'test-'));
  afterAll(() => rmSync(distDir, { recursive: true, force: true }));
  cpSync(inject('distDir'), distDir, { recursive: true });
  for (const [file, code] of Object.entries(files)) writeFileSync(path.join(distDir, file), code);
  return { distDir };
};
