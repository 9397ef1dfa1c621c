import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createIntl } from 'react-intl';
import { describe, expect, it } from 'vitest';
import { english } from '../../src/admin/sessions/messages';
import { translations } from '../../src/admin/sessions/translations';
import {
  REVOKED_REASONS,
  SESSION_STATES,
} from '../../src/extensions/users-permissions/refresh-tokens/core/session';
import { projectRoot } from '../helpers/paths';

const ids = Object.keys(english).sort();

/** A value for each placeholder of the texts. */
const VALUES = {
  count: 2,
  days: 30,
  device: 'Firefox',
  everything: true,
  exact: false,
  name: 'Kim',
  sum: '1',
  user: 'ada',
  value: '203.0.113.7',
};

describe.each(Object.entries(translations))('the texts in "%s"', (locale, texts) => {
  it('have the same ids as the English texts', () => {
    expect(Object.keys(texts).sort()).toEqual(ids);
  });

  it('can all be formatted', () => {
    const intl = createIntl({
      locale,
      messages: texts,
      onError: (error) => {
        throw error;
      },
    });
    for (const id of ids) expect(intl.formatMessage({ id }, VALUES)).not.toBe(id);
  });
});

/** The ids that the code composes with a value that the server sends. */
const composed = [
  ...SESSION_STATES.map((state) => `sessions.state.${state}`),
  ...[...REVOKED_REASONS, 'idle', 'expired'].map((reason) => `sessions.reason.${reason}`),
  ...['logins', 'reuses'].map((figure) => `sessions.statistics.${figure}-per-day`),
];

describe('the texts of the admin panel', () => {
  it.each(composed)('include %s', (id) => {
    expect(ids).toContain(id);
  });

  it('are all used', () => {
    const folder = path.join(projectRoot, 'src', 'admin', 'sessions');
    const code = readdirSync(folder)
      .filter((name) => /\.tsx?$/.test(name) && name !== 'messages.ts')
      .map((name) => readFileSync(path.join(folder, name), 'utf8'))
      .join('\n');
    const unused = ids.filter((id) => !composed.includes(id) && !code.includes(`'${id}'`));
    expect(unused).toEqual([]);
  });
});
