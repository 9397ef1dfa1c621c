import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentedGroups, renderConfiguration } from './configuration-docs';
import {
  readSettings,
  variableNames,
} from '../../src/extensions/users-permissions/refresh-tokens/settings/settings';
import { environmentOf, envLines } from '../../tests/helpers/env-file';
import { testEnvironment } from '../../tests/helpers/environment';
import { projectRoot } from '../../tests/helpers/paths';

const variables = documentedGroups.flatMap(([, group]) => group);

describe('docs/configuration.md', () => {
  it('is what the settings say; `npm run configuration` writes it anew', async () => {
    await expect(renderConfiguration()).toMatchFileSnapshot('../../docs/configuration.md');
  });

  it('describes every variable once, in a cell of its own', () => {
    expect(variables.map(({ name }) => name)).toEqual(variableNames);
    const rows = renderConfiguration()
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    expect(rows).toHaveLength(variableNames.length);
    for (const line of rows) expect(line).toMatch(/^\| `[A-Z_]+` \| [^|]+ \| [^|]+ \|$/);
  });

  it('takes defaults and duties from the schema', () => {
    const text = renderConfiguration();

    expect(text).toContain('| `REFRESH_TOKEN_LEEWAY` | `10s` |');
    expect(text).toContain('| `REFRESH_SECRET` | required |');
    expect(text).toContain('| `REFRESH_COOKIE_DOMAIN` | – |');
  });
});

describe('.env.example', () => {
  const lines = envLines(readFileSync(path.join(projectRoot, '.env.example'), 'utf8'));

  it('names every variable once', () => {
    expect(lines.map(({ name }) => name).sort()).toEqual([...variableNames].sort());
  });

  it.each(lines)('$name is set as the documentation says', ({ name, value, isComment }) => {
    const { defaultValue } = variables.find((variable) => variable.name === name) ?? {};

    if (defaultValue !== undefined) expect(value).toBe(defaultValue);
    // What has no default is a placeholder for a secret, or an example that nobody gets unasked.
    else if (!isComment) expect(value).toMatch(/^tobemodified(,tobemodified)*$/);
    else expect(value).not.toBe('');
  });

  it('has examples and defaults that the settings accept', () => {
    const { JWT_SECRET, REFRESH_SECRET, ...uncommented } = environmentOf(
      lines.map((line) => ({ ...line, isComment: false })),
    );
    const secrets = testEnvironment();
    const filledIn = Object.fromEntries(
      Object.entries({ JWT_SECRET, REFRESH_SECRET, ...uncommented }).map(([name, value]) => [
        name,
        value?.includes('tobemodified') ? secrets[name] : value,
      ]),
    );

    expect(() => readSettings(filledIn, true)).not.toThrow();
  });
});
