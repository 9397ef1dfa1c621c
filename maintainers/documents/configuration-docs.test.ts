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
  it('matches the schema of the settings (`npm run configuration` updates it)', async () => {
    await expect(renderConfiguration()).toMatchFileSnapshot('../../docs/configuration.md');
  });

  it('has one table row for each variable', () => {
    expect(variables.map(({ name }) => name)).toEqual(variableNames);
    const rows = renderConfiguration()
      .split('\n')
      .filter((row) => row.startsWith('| `'));
    expect(rows).toHaveLength(variableNames.length);
    for (const row of rows) expect(row).toMatch(/^\| `[A-Z_]+` \| [^|]+ \| [^|]+ \|$/);
  });

  it('shows defaults and required variables', () => {
    const text = renderConfiguration();

    expect(text).toContain('| `REFRESH_TOKEN_LEEWAY` | `10s` |');
    expect(text).toContain('| `REFRESH_SECRET` | required |');
    expect(text).toContain('| `REFRESH_COOKIE_DOMAIN` | – |');
  });
});

describe('.env.example', () => {
  const lines = envLines(readFileSync(path.join(projectRoot, '.env.example'), 'utf8'));

  it('has every variable once', () => {
    expect(lines.map(({ name }) => name).sort()).toEqual([...variableNames].sort());
  });

  it.each(lines)(
    'sets $name to its default, a placeholder or an example',
    ({ name, value, isComment }) => {
      const { defaultValue } = variables.find((variable) => variable.name === name) ?? {};

      if (defaultValue !== undefined) expect(value).toBe(defaultValue);
      // Without a default: a placeholder for a secret, or an example in a comment.
      else if (!isComment) expect(value).toMatch(/^tobemodified(,tobemodified)*$/);
      else expect(value).not.toBe('');
    },
  );

  it('has defaults and examples that the settings accept', () => {
    const { JWT_SECRET, REFRESH_SECRET, ...uncommented } = environmentOf(
      // Examples of PEM texts are shortened.
      lines
        .filter(({ value }) => !value.includes('…'))
        .map((line) => ({ ...line, isComment: false })),
    );
    const secrets = testEnvironment();
    const completed = Object.fromEntries(
      Object.entries({ JWT_SECRET, REFRESH_SECRET, ...uncommented }).map(([name, value]) => [
        name,
        value?.includes('tobemodified') ? secrets[name] : value,
      ]),
    );

    // The examples of the variables of proxies and of the database server need them.
    const environment = { ...completed, IS_PROXIED: 'true', DATABASE_CLIENT: 'postgres' };
    expect(() => readSettings(environment, true)).not.toThrow();
  });
});
