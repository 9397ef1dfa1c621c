import { describe, expect, it } from 'vitest';
import type { SessionStore } from '../../src/extensions/users-permissions/refresh-tokens/core/session-store';
import { claimsOf } from '../helpers/users';
import { createSessionFixture, LAPTOP, LIMITS, rotateTimes, SECOND } from '../helpers/session-fixture';

const USER = 7;
const ELSEWHERE = '198.51.100.9';

describe('a database that was restored from a backup', () => {
  const restoreBackup = async () => {
    const fixture = createSessionFixture();
    const first = await fixture.sessions.start(USER, LAPTOP);
    const backup = fixture.row();
    const [, , , newest] = await rotateTimes(fixture, first, 3);
    fixture.store.restore(backup);
    return { fixture, first, newest: newest ?? first };
  };

  it('moves on from the newest token, with a warning', async () => {
    const { fixture, newest } = await restoreBackup();

    const pair = await fixture.rotate(newest.refreshToken, { ipAddress: ELSEWHERE });

    expect(fixture.row()).toMatchObject({ generation: 4, revokedAt: null });
    expect(claimsOf(pair.refreshToken)).toMatchObject({ generation: 4 });
    expect(fixture.warnings).toEqual([
      expect.stringContaining('generation 3 was presented, 0 is stored') as string,
    ]);
    expect(fixture.warnings[0]).not.toContain(newest.refreshToken);
  });

  it('takes the older tokens for what they are once the newest has been seen', async () => {
    const { fixture, first, newest } = await restoreBackup();
    await fixture.rotate(newest.refreshToken, { ipAddress: ELSEWHERE });

    await expect(fixture.rotate(first.refreshToken, { ipAddress: ELSEWHERE })).rejects.toMatchObject({
      reason: 'reuse-detected',
    });
  });
});

describe('a fault of the database', () => {
  const fault = new Error('connection terminated unexpectedly');
  type Operation = keyof SessionStore;

  const failing = async (operation: Operation) => {
    const fixture = createSessionFixture();
    const pairs = await rotateTimes(fixture, await fixture.sessions.start(USER, LAPTOP), 2);
    fixture.clock.advance(LIMITS.leeway + SECOND);
    const told = () => [...fixture.announced, ...fixture.warnings];
    const before = { row: fixture.row(), told: told() };
    fixture.store.failOn(operation, fault);
    const expectNothingChanged = () => {
      expect(fixture.row()).toEqual(before.row);
      expect(told()).toEqual(before.told);
    };
    return { fixture, pairs, expectNothingChanged };
  };

  it.each<{ operation: Operation; generation: number }>([
    { operation: 'find', generation: 2 },
    { operation: 'rotate', generation: 2 },
    { operation: 'revoke', generation: 0 },
  ])('in $operation is passed on by a rotation as it is', async ({ operation, generation }) => {
    const { fixture, pairs, expectNothingChanged } = await failing(operation);

    await expect(fixture.rotate(pairs[generation]?.refreshToken)).rejects.toBe(fault);

    expectNothingChanged();
  });

  it('in the question whether confirmation is required is passed on too', async () => {
    const fixture = createSessionFixture({ isConfirmationRequired: () => Promise.reject(fault) });
    const { refreshToken } = await fixture.sessions.start(USER, LAPTOP);
    fixture.store.setAccount(USER, { blocked: false, confirmed: false });
    const before = fixture.row();

    await expect(fixture.rotate(refreshToken)).rejects.toBe(fault);

    expect(fixture.row()).toEqual(before);
  });

  it('is passed on by authentication and logout', async () => {
    const { fixture, pairs, expectNothingChanged } = await failing('find');
    const { accessToken, refreshToken } = pairs[2] ?? {};

    await expect(fixture.sessions.authenticate(accessToken)).rejects.toBe(fault);
    for (const claims of [
      fixture.sessions.readRefreshToken(refreshToken),
      fixture.sessions.readAccessToken(accessToken),
    ]) {
      await expect(fixture.sessions.logout([claims], 'session', LAPTOP.ipAddress)).rejects.toBe(
        fault,
      );
    }

    expectNothingChanged();
  });

  it('logs nobody out: the same token works when the database is back', async () => {
    const { fixture, pairs } = await failing('rotate');
    const { refreshToken } = pairs[2] ?? {};
    await expect(fixture.rotate(refreshToken)).rejects.toBe(fault);

    fixture.store.recover();

    await expect(fixture.rotate(refreshToken)).resolves.toBeDefined();
  });

  it('at login yields no pair and no event', async () => {
    const fixture = createSessionFixture();
    fixture.store.failOn('insert', fault);

    await expect(fixture.sessions.start(USER, LAPTOP)).rejects.toBe(fault);

    expect(fixture.store.rows()).toEqual([]);
    expect(fixture.announced).toEqual([]);
  });
});
