import { describe, expect, it } from 'vitest';
import {
  judge,
  type Verdict,
} from '../../src/extensions/users-permissions/refresh-tokens/core/judge';
import type { AccountState } from '../../src/extensions/users-permissions/refresh-tokens/core/account';
import type {
  Session,
  SessionWithUser,
} from '../../src/extensions/users-permissions/refresh-tokens/core/session';

const LEEWAY = 10_000;
const ROTATED_AT = 1_000_000;
const EXPIRES_AT = 2_000_000;
const ABSOLUTE_END = 3_000_000;
const SESSION_ID = 'a-session';
const CURRENT = 7;

const ordinary: AccountState = { blocked: false, confirmed: true };

const stored = (
  changes: Partial<Session> = {},
  user: AccountState | null = ordinary,
): SessionWithUser => ({
  session: {
    sessionId: SESSION_ID,
    userId: 1,
    userDocumentId: 'a-user',
    generation: CURRENT,
    rotatedAt: ROTATED_AT,
    expiresAt: EXPIRES_AT,
    retryKeyHash: null,
    remembered: true,
    absoluteExpiresAt: ABSOLUTE_END,
    loginAt: 500_000,
    deviceName: null,
    userAgent: null,
    ipAddress: null,
    revokedAt: null,
    revokedReason: null,
    ...changes,
  },
  user,
});

interface Case {
  readonly story: string;
  readonly generation: number;
  readonly row: SessionWithUser | null;
  readonly now: number;
  readonly leeway?: number;
  readonly isExpired?: boolean;
  readonly retryKeyHash?: string;
  readonly verdict: Verdict;
}

const revoked = { revokedAt: ROTATED_AT, revokedReason: 'logout' } as const;
const soon = ROTATED_AT + 1;
const late = ROTATED_AT + LEEWAY + 1;

const judgeCase = ({ row, now, leeway = LEEWAY, isExpired = false, ...presented }: Case): Verdict =>
  judge({ sessionId: SESSION_ID, isExpired, ...presented }, row, now, leeway);

describe('a session that has ended refuses every generation', () => {
  const ends: Pick<Case, 'story' | 'row' | 'now' | 'verdict'>[] = [
    {
      story: 'there is no row',
      row: null,
      now: soon,
      verdict: { kind: 'refuse', reason: 'unknown-session' },
    },
    {
      story: 'it was revoked',
      row: stored(revoked),
      now: soon,
      verdict: { kind: 'refuse', reason: 'session-revoked' },
    },
    {
      story: 'it was revoked, and its time is over too',
      row: stored(revoked),
      now: ABSOLUTE_END,
      verdict: { kind: 'refuse', reason: 'session-revoked' },
    },
    {
      story: 'exactly at its idle end',
      row: stored(),
      now: EXPIRES_AT,
      verdict: { kind: 'refuse', reason: 'session-idle' },
    },
    {
      story: 'exactly at its absolute end',
      row: stored({ expiresAt: ABSOLUTE_END }),
      now: ABSOLUTE_END,
      verdict: { kind: 'refuse', reason: 'session-ended' },
    },
    {
      story: 'at its absolute end, even if the idle end were later',
      row: stored({ expiresAt: ABSOLUTE_END + 1 }),
      now: ABSOLUTE_END,
      verdict: { kind: 'refuse', reason: 'session-ended' },
    },
    {
      story: 'it was revoked, and the user is gone',
      row: stored(revoked, null),
      now: soon,
      verdict: { kind: 'refuse', reason: 'session-revoked' },
    },
    {
      story: 'it was revoked, and the user is blocked',
      row: stored(revoked, { ...ordinary, blocked: true }),
      now: soon,
      verdict: { kind: 'refuse', reason: 'session-revoked' },
    },
  ];
  const generations = [0, CURRENT - 1, CURRENT, CURRENT + 1];
  const cases = ends.flatMap((end): Case[] =>
    generations.map((generation) => ({ ...end, generation })),
  );

  it.each(cases)('$story, generation $generation', (row) => {
    expect(judgeCase(row)).toEqual(row.verdict);
  });
});

describe('an account that is gone or blocked ends the session, whichever generation asks', () => {
  it.each([0, CURRENT - 1, CURRENT, CURRENT + 1])('generation %i', (generation) => {
    const judged = (user: AccountState | null) =>
      judge(
        { sessionId: SESSION_ID, generation, isExpired: false },
        stored({}, user),
        soon,
        LEEWAY,
      );

    expect(judged(null)).toEqual({ kind: 'revoke', reason: 'user-deleted' });
    expect(judged({ ...ordinary, blocked: true })).toEqual({
      kind: 'revoke',
      reason: 'user-blocked',
    });
  });
});

describe('a live session judges by the generation that was presented', () => {
  const rotate: Verdict = { kind: 'rotate', from: CURRENT, to: CURRENT + 1 };
  const previous = { generation: CURRENT - 1, row: stored() };
  const cases: Case[] = [
    {
      story: 'newest, which has just begun',
      generation: CURRENT,
      row: stored(),
      now: soon,
      verdict: { kind: 'repeat' },
    },
    {
      story: 'newest, exactly at the leeway',
      generation: CURRENT,
      row: stored(),
      now: ROTATED_AT + LEEWAY,
      verdict: { kind: 'repeat' },
    },
    {
      story: 'newest, one millisecond past the leeway',
      generation: CURRENT,
      row: stored(),
      now: late,
      verdict: rotate,
    },
    {
      story: 'newest, begun by an instance whose clock is ahead',
      generation: CURRENT,
      row: stored(),
      now: ROTATED_AT - 5_000,
      verdict: { kind: 'repeat' },
    },
    { story: 'newest, long after', generation: CURRENT, row: stored(), now: late, verdict: rotate },
    {
      story: 'newest, one millisecond before the idle end',
      generation: CURRENT,
      row: stored(),
      now: EXPIRES_AT - 1,
      verdict: rotate,
    },
    {
      story: 'newest, one millisecond before the absolute end',
      generation: CURRENT,
      row: stored({ expiresAt: ABSOLUTE_END }),
      now: ABSOLUTE_END - 1,
      verdict: rotate,
    },
    {
      story: 'newest, of an unconfirmed user: whether that matters is not asked here',
      generation: CURRENT,
      row: stored({}, { blocked: false, confirmed: false }),
      now: late,
      verdict: rotate,
    },
    {
      story: 'the first of all, at once: it began with the login',
      generation: 0,
      row: stored({ generation: 0 }),
      now: ROTATED_AT,
      verdict: { kind: 'rotate', from: 0, to: 1 },
    },
    {
      story: 'newest, strict',
      generation: CURRENT,
      row: stored(),
      now: soon,
      leeway: 0,
      verdict: rotate,
    },

    { story: 'previous, at once', ...previous, now: ROTATED_AT, verdict: { kind: 'repeat' } },
    {
      story: 'previous, exactly at the leeway',
      ...previous,
      now: ROTATED_AT + LEEWAY,
      verdict: { kind: 'repeat' },
    },
    {
      story: 'previous, one millisecond past the leeway',
      ...previous,
      now: ROTATED_AT + LEEWAY + 1,
      verdict: { kind: 'reuse' },
    },
    {
      story: 'previous, long after, with the key of the last rotation',
      generation: CURRENT - 1,
      row: stored({ retryKeyHash: 'key' }),
      now: late,
      retryKeyHash: 'key',
      verdict: { kind: 'repeat' },
    },
    {
      story: 'previous, strict, with the key of the last rotation',
      generation: CURRENT - 1,
      row: stored({ retryKeyHash: 'key' }),
      now: soon,
      leeway: 0,
      retryKeyHash: 'key',
      verdict: { kind: 'repeat' },
    },
    {
      story: 'previous, long after, with another key',
      generation: CURRENT - 1,
      row: stored({ retryKeyHash: 'key' }),
      now: late,
      retryKeyHash: 'another',
      verdict: { kind: 'reuse' },
    },
    {
      story: 'previous, long after, without a key, as the last rotation',
      generation: CURRENT - 1,
      row: stored(),
      now: late,
      verdict: { kind: 'reuse' },
    },
    {
      story: 'older than the previous, with the key of the last rotation',
      generation: CURRENT - 2,
      row: stored({ retryKeyHash: 'key' }),
      now: late,
      retryKeyHash: 'key',
      verdict: { kind: 'reuse' },
    },
    {
      story: 'newest, long after, with the key of the last rotation',
      generation: CURRENT,
      row: stored({ retryKeyHash: 'key' }),
      now: late,
      retryKeyHash: 'key',
      verdict: rotate,
    },
    {
      story: 'current, but its own end has passed',
      generation: CURRENT,
      row: stored(),
      now: soon,
      isExpired: true,
      verdict: { kind: 'refuse', reason: 'token-expired' },
    },
    {
      story: 'newer than the row, but its own end has passed',
      generation: CURRENT + 1,
      row: stored(),
      now: soon,
      isExpired: true,
      verdict: { kind: 'refuse', reason: 'token-expired' },
    },
    {
      story: 'previous, its own end has passed since the answer was lost',
      generation: CURRENT - 1,
      row: stored(),
      now: soon,
      isExpired: true,
      verdict: { kind: 'repeat' },
    },
    {
      story: 'previous, long expired: its owner is back and somebody else has rotated on',
      generation: CURRENT - 1,
      row: stored(),
      now: late,
      isExpired: true,
      verdict: { kind: 'reuse' },
    },
    {
      story: 'previous, rotated by an instance whose clock is ahead',
      ...previous,
      now: ROTATED_AT - 5_000,
      verdict: { kind: 'repeat' },
    },
    {
      story: 'previous, strict, in the same millisecond',
      ...previous,
      now: ROTATED_AT,
      leeway: 0,
      verdict: { kind: 'reuse' },
    },
    {
      story: 'previous, strict, rotated by an instance whose clock is ahead',
      ...previous,
      now: ROTATED_AT - 5_000,
      leeway: 0,
      verdict: { kind: 'reuse' },
    },

    {
      story: 'one older than the previous, at once',
      generation: CURRENT - 2,
      row: stored(),
      now: ROTATED_AT,
      verdict: { kind: 'reuse' },
    },
    { story: 'the oldest', generation: 0, row: stored(), now: late, verdict: { kind: 'reuse' } },

    {
      story: 'newer than the row: the database came from a backup',
      generation: CURRENT + 1,
      row: stored(),
      now: soon,
      verdict: { kind: 'restore', from: CURRENT, to: CURRENT + 2 },
    },
    {
      story: 'much newer than the row, strict',
      generation: CURRENT + 40,
      row: stored(),
      now: late,
      leeway: 0,
      verdict: { kind: 'restore', from: CURRENT, to: CURRENT + 41 },
    },
  ];

  it.each(cases)('$story: $verdict.kind', (row) => {
    expect(judgeCase(row)).toEqual(row.verdict);
  });
});

it('judges without touching what it was given', () => {
  const row = stored();
  const before = structuredClone(row);

  judge({ sessionId: SESSION_ID, generation: CURRENT, isExpired: false }, row, soon, LEEWAY);

  expect(row).toEqual(before);
});
