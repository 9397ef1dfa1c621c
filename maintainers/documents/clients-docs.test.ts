import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { showFiles, shownFiles } from './clients-docs';
import { projectRoot } from '../../tests/helpers/paths';

const document = readFileSync(path.join(projectRoot, 'docs/clients.md'), 'utf8');

describe('docs/clients.md', () => {
  it('shows the current code of the recipes (`npm run clients-docs` updates it)', async () => {
    await expect(showFiles(document, projectRoot)).toMatchFileSnapshot('../../docs/clients.md');
  });

  it('has no other TypeScript, Vue or shell code', () => {
    const blocks = [...document.matchAll(/^```(?:ts|tsx|vue|sh)$/gm)];

    expect(shownFiles(document).length).toBeGreaterThan(8);
    expect(blocks).toHaveLength(shownFiles(document).length);
  });
});
