import { createIntl } from 'react-intl';
import { describe, expect, it } from 'vitest';
import { messages } from '../../src/admin/sessions/messages';
import { reasonLabel } from '../../src/admin/sessions/labels';
import type { RevokedReason } from '../../src/extensions/users-permissions/refresh-tokens/core/session';
import { translations } from '../../src/admin/translations';

const ids = Object.values(messages)
  .map(({ id }) => id)
  .sort();

/** Every name that a text may ask for. */
const VALUES = {
  count: 2,
  days: 30,
  device: 'Firefox',
  everything: true,
  exact: false,
  sum: '1',
  total: 2,
  user: 'ada',
};

describe.each(Object.entries(translations))('the texts in "%s"', (locale, texts) => {
  it('are complete, and there are no others', () => {
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

// Typed as a record, so that a reason that is added to the server is missed here.
const reasons: Record<RevokedReason | 'idle' | 'expired', true> = {
  logout: true,
  'logout-all': true,
  'revoked-by-user': true,
  'revoked-by-admin': true,
  'password-changed': true,
  'user-blocked': true,
  'user-deleted': true,
  'reuse-detected': true,
  'session-limit': true,
  replaced: true,
  idle: true,
  expired: true,
};

describe('the reasons why sessions end', () => {
  it.each(Object.keys(reasons))('%s has a text', (reason) => {
    expect(ids).toContain(reasonLabel(reason).id);
  });
});
