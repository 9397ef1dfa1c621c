import { describe, expect, it } from 'vitest';
import { endReasonOf } from '../../src/extensions/users-permissions/refresh-tokens/core/session';

const EXPIRES_AT = 2_000;
const ABSOLUTE_END = 3_000;
const live = { revokedAt: null, expiresAt: EXPIRES_AT, absoluteExpiresAt: ABSOLUTE_END };

describe('endReasonOf', () => {
  it.each([
    { story: 'live', session: live, now: 0, end: null },
    { story: 'live to the last millisecond', session: live, now: EXPIRES_AT - 1, end: null },
    { story: 'exactly at the idle end', session: live, now: EXPIRES_AT, end: 'session-idle' },
    {
      story: 'exactly at the absolute end',
      session: live,
      now: ABSOLUTE_END,
      end: 'session-ended',
    },
    {
      story: 'one millisecond before an absolute end that is also the idle end',
      session: { ...live, expiresAt: ABSOLUTE_END },
      now: ABSOLUTE_END - 1,
      end: null,
    },
    {
      story: 'both ends at once: the absolute one is named',
      session: { ...live, expiresAt: ABSOLUTE_END },
      now: ABSOLUTE_END,
      end: 'session-ended',
    },
    {
      story: 'revoked',
      session: { ...live, revokedAt: 1 },
      now: 2,
      end: 'session-revoked',
    },
    {
      story: 'revoked at time zero',
      session: { ...live, revokedAt: 0 },
      now: 2,
      end: 'session-revoked',
    },
    {
      story: 'revoked by an instance whose clock is ahead',
      session: { ...live, revokedAt: 1_500 },
      now: 1_000,
      end: 'session-revoked',
    },
    {
      story: 'revoked and over: the revocation is named',
      session: { ...live, revokedAt: 1 },
      now: ABSOLUTE_END,
      end: 'session-revoked',
    },
  ])('$story', ({ session, now, end }) => {
    expect(endReasonOf(session, now)).toBe(end);
  });
});
