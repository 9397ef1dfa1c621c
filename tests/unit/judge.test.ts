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

const ordinary: AccountState = { blocked: false, confirmed: true, hasRole: true };

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
    impersonatedBy: null,
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
  readonly name: string;
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

describe('judge refuses every generation of a session that has ended', () => {
  const ends: Pick<Case, 'name' | 'row' | 'now' | 'verdict'>[] = [
    {
      name: 'no row exists',
      row: null,
      now: soon,
      verdict: { kind: 'refuse', reason: 'unknown-session' },
    },
    {
      name: 'revoked',
      row: stored(revoked),
      now: soon,
      verdict: { kind: 'refuse', reason: 'session-revoked' },
    },
    {
      name: 'at its idle end',
      row: stored(),
      now: EXPIRES_AT,
      verdict: { kind: 'refuse', reason: 'session-idle' },
    },
    {
      name: 'at its absolute end',
      row: stored({ expiresAt: ABSOLUTE_END }),
      now: ABSOLUTE_END,
      verdict: { kind: 'refuse', reason: 'session-ended' },
    },
    {
      name: 'revoked, and its user is deleted',
      row: stored(revoked, null),
      now: soon,
      verdict: { kind: 'refuse', reason: 'session-revoked' },
    },
    {
      name: 'revoked, and its user is blocked',
      row: stored(revoked, { ...ordinary, blocked: true }),
      now: soon,
      verdict: { kind: 'refuse', reason: 'session-revoked' },
    },
  ];
  const generations = [0, CURRENT - 1, CURRENT, CURRENT + 1];
  const cases = ends.flatMap((end): Case[] =>
    generations.map((generation) => ({ ...end, generation })),
  );

  it.each(cases.map((one) => [one.name, one.generation, one] as const))(
    '%s, generation %i',
    (_name, _generation, one) => {
      expect(judgeCase(one)).toEqual(one.verdict);
    },
  );
});

describe('judge revokes the session of a deleted or blocked account for every generation', () => {
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

describe('judge decides about a token of a live session by its generation', () => {
  const rotate: Verdict = { kind: 'rotate', from: CURRENT, to: CURRENT + 1 };
  const previous = { generation: CURRENT - 1, row: stored() };
  const cases: Case[] = [
    {
      name: 'current, begun just now',
      generation: CURRENT,
      row: stored(),
      now: soon,
      verdict: { kind: 'repeat' },
    },
    {
      name: 'current, exactly at the leeway',
      generation: CURRENT,
      row: stored(),
      now: ROTATED_AT + LEEWAY,
      verdict: { kind: 'repeat' },
    },
    {
      name: 'current, one millisecond after the leeway',
      generation: CURRENT,
      row: stored(),
      now: late,
      verdict: rotate,
    },
    {
      name: 'current, begun by an instance whose clock is ahead',
      generation: CURRENT,
      row: stored(),
      now: ROTATED_AT - 5_000,
      verdict: { kind: 'repeat' },
    },
    {
      name: 'current, one millisecond before the idle end',
      generation: CURRENT,
      row: stored(),
      now: EXPIRES_AT - 1,
      verdict: rotate,
    },
    {
      name: 'current, one millisecond before the absolute end',
      generation: CURRENT,
      row: stored({ expiresAt: ABSOLUTE_END }),
      now: ABSOLUTE_END - 1,
      verdict: rotate,
    },
    {
      name: 'current, of an unconfirmed user, which `judge` ignores',
      generation: CURRENT,
      row: stored({}, { blocked: false, confirmed: false, hasRole: true }),
      now: late,
      verdict: rotate,
    },
    {
      name: 'generation 0, at once, since it began with a login',
      generation: 0,
      row: stored({ generation: 0 }),
      now: ROTATED_AT,
      verdict: { kind: 'rotate', from: 0, to: 1 },
    },
    {
      name: 'current, with a leeway of zero',
      generation: CURRENT,
      row: stored(),
      now: soon,
      leeway: 0,
      verdict: rotate,
    },

    { name: 'previous, at once', ...previous, now: ROTATED_AT, verdict: { kind: 'repeat' } },
    {
      name: 'previous, exactly at the leeway',
      ...previous,
      now: ROTATED_AT + LEEWAY,
      verdict: { kind: 'repeat' },
    },
    {
      name: 'previous, one millisecond after the leeway',
      ...previous,
      now: ROTATED_AT + LEEWAY + 1,
      verdict: { kind: 'reuse' },
    },
    {
      name: 'previous, after the leeway, with the key of the last rotation',
      generation: CURRENT - 1,
      row: stored({ retryKeyHash: 'key' }),
      now: late,
      retryKeyHash: 'key',
      verdict: { kind: 'repeat' },
    },
    {
      name: 'previous, with a leeway of zero and the key of the last rotation',
      generation: CURRENT - 1,
      row: stored({ retryKeyHash: 'key' }),
      now: soon,
      leeway: 0,
      retryKeyHash: 'key',
      verdict: { kind: 'repeat' },
    },
    {
      name: 'previous, after the leeway, with another key',
      generation: CURRENT - 1,
      row: stored({ retryKeyHash: 'key' }),
      now: late,
      retryKeyHash: 'another',
      verdict: { kind: 'reuse' },
    },
    {
      name: 'older than the previous, with the key of the last rotation',
      generation: CURRENT - 2,
      row: stored({ retryKeyHash: 'key' }),
      now: late,
      retryKeyHash: 'key',
      verdict: { kind: 'reuse' },
    },
    {
      name: 'current, after the leeway, with the key of the last rotation',
      generation: CURRENT,
      row: stored({ retryKeyHash: 'key' }),
      now: late,
      retryKeyHash: 'key',
      verdict: rotate,
    },
    {
      name: 'current, but expired',
      generation: CURRENT,
      row: stored(),
      now: soon,
      isExpired: true,
      verdict: { kind: 'refuse', reason: 'token-expired' },
    },
    {
      name: 'newer than the row, but expired',
      generation: CURRENT + 1,
      row: stored(),
      now: soon,
      isExpired: true,
      verdict: { kind: 'refuse', reason: 'token-expired' },
    },
    {
      name: 'previous and expired, within the leeway',
      generation: CURRENT - 1,
      row: stored(),
      now: soon,
      isExpired: true,
      verdict: { kind: 'repeat' },
    },
    {
      name: 'previous and expired, after the leeway',
      generation: CURRENT - 1,
      row: stored(),
      now: late,
      isExpired: true,
      verdict: { kind: 'reuse' },
    },
    {
      name: 'previous, rotated by an instance whose clock is ahead',
      ...previous,
      now: ROTATED_AT - 5_000,
      verdict: { kind: 'repeat' },
    },
    {
      name: 'previous, with a leeway of zero, in the same millisecond',
      ...previous,
      now: ROTATED_AT,
      leeway: 0,
      verdict: { kind: 'reuse' },
    },
    {
      name: 'previous, with a leeway of zero, rotated by an instance whose clock is ahead',
      ...previous,
      now: ROTATED_AT - 5_000,
      leeway: 0,
      verdict: { kind: 'reuse' },
    },

    {
      name: 'one older than the previous, at once',
      generation: CURRENT - 2,
      row: stored(),
      now: ROTATED_AT,
      verdict: { kind: 'reuse' },
    },
    { name: 'the oldest', generation: 0, row: stored(), now: late, verdict: { kind: 'reuse' } },

    {
      name: 'newer than the row, as after a restored backup',
      generation: CURRENT + 1,
      row: stored(),
      now: soon,
      verdict: { kind: 'restore', from: CURRENT, to: CURRENT + 2 },
    },
    {
      name: 'much newer than the row, with a leeway of zero',
      generation: CURRENT + 40,
      row: stored(),
      now: late,
      leeway: 0,
      verdict: { kind: 'restore', from: CURRENT, to: CURRENT + 41 },
    },
  ];

  it.each(cases.map((one) => [one.name, one.verdict.kind, one] as const))(
    '%s: %s',
    (_name, _kind, one) => {
      expect(judgeCase(one)).toEqual(one.verdict);
    },
  );
});

it('judge does not change its arguments', () => {
  const row = stored();
  const before = structuredClone(row);

  judge({ sessionId: SESSION_ID, generation: CURRENT, isExpired: false }, row, soon, LEEWAY);

  expect(row).toEqual(before);
});
