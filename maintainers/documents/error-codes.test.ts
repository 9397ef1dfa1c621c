import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import {
  refusalCodes,
  STRAPI_CODES,
} from '../../src/extensions/users-permissions/refresh-tokens/http/refusals';
import { projectRoot } from '../../tests/helpers/paths';

it('docs/clients.md lists exactly the codes of errors', () => {
  const page = readFileSync(path.join(projectRoot, 'docs', 'clients.md'), 'utf8');
  const section = page.split('\n## Codes of errors\n')[1]?.split('\n## ')[0] ?? '';
  const listed = [...section.matchAll(/^\| `([\w-]+)`/gm)].map(([, code]) => code);

  const codes = new Set([...refusalCodes, ...Object.values(STRAPI_CODES), 'invalid-input']);
  expect(listed.sort()).toEqual([...codes].sort());
});
