import { describe, expect, it } from 'vitest';
import { endReasonOf } from '../../src/extensions/users-permissions/refresh-tokens/core/session';

const EXPIRES_AT = 2_000;
const ABSOLUTE_END = 3_000;
const live = { revokedAt: null, expiresAt: EXPIRES_AT, absoluteExpiresAt: ABSOLUTE_END };

describe('endReasonOf', () => {
  const cases = [
    { state: 'live', session: live, now: 0, end: null },
    { state: 'in its last millisecond', session: live, now: EXPIRES_AT - 1, end: null },
    { state: 'exactly at the idle end', session: live, now: EXPIRES_AT, end: 'session-idle' },
    {
      state: 'exactly at the absolute end',
      session: live,
      now: ABSOLUTE_END,
      end: 'session-ended',
    },
    {
      state: 'one millisecond before an absolute end that is also the idle end',
      session: { ...live, expiresAt: ABSOLUTE_END },
      now: ABSOLUTE_END - 1,
      end: null,
    },
    {
      state: 'at both ends',
      session: { ...live, expiresAt: ABSOLUTE_END },
      now: ABSOLUTE_END,
      end: 'session-ended',
    },
    {
      state: 'at an absolute end that is earlier than the idle end',
      session: { ...live, expiresAt: ABSOLUTE_END + 1 },
      now: ABSOLUTE_END,
      end: 'session-ended',
    },
    {
      state: 'revoked',
      session: { ...live, revokedAt: 1 },
      now: 2,
      end: 'session-revoked',
    },
    {
      state: 'revoked at time zero',
      session: { ...live, revokedAt: 0 },
      now: 2,
      end: 'session-revoked',
    },
    {
      state: 'revoked at a later time, by an instance whose clock is ahead',
      session: { ...live, revokedAt: 1_500 },
      now: 1_000,
      end: 'session-revoked',
    },
    {
      state: 'revoked and past both ends',
      session: { ...live, revokedAt: 1 },
      now: ABSOLUTE_END,
      end: 'session-revoked',
    },
  ];

  it.each(cases.map((one) => [one.end, one.state, one] as const))(
    'is %s for a session that is %s',
    (end, _state, { session, now }) => {
      expect(endReasonOf(session, now)).toBe(end);
    },
  );
});
