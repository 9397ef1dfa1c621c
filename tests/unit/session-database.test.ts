import { describe, expect, it } from 'vitest';
import type { SessionStore } from '../../src/extensions/users-permissions/refresh-tokens/core/session-store';
import { claimsOf } from '../helpers/people';
import { createSessionWorld, LAPTOP, LIMITS, rotateTimes, SECOND } from '../helpers/session-world';

const USER = 7;
const ELSEWHERE = '198.51.100.9';

describe('a database that was restored from a backup', () => {
  const restoreBackup = async () => {
    const world = createSessionWorld();
    const first = await world.sessions.start(USER, LAPTOP);
    const backup = world.row();
    const [, , , newest] = await rotateTimes(world, first, 3);
    world.store.restore(backup);
    return { world, first, newest: newest ?? first };
  };

  it('moves on from the newest token, with a warning', async () => {
    const { world, newest } = await restoreBackup();

    const pair = await world.rotate(newest.refreshToken, { ipAddress: ELSEWHERE });

    expect(world.row()).toMatchObject({ generation: 4, revokedAt: null });
    expect(claimsOf(pair.refreshToken)).toMatchObject({ generation: 4 });
    expect(world.warnings).toEqual([
      expect.stringContaining('generation 3 was presented, 0 is stored') as string,
    ]);
    expect(world.warnings[0]).not.toContain(newest.refreshToken);
  });

  it('takes the older tokens for what they are once the newest has been seen', async () => {
    const { world, first, newest } = await restoreBackup();
    await world.rotate(newest.refreshToken, { ipAddress: ELSEWHERE });

    await expect(world.rotate(first.refreshToken, { ipAddress: ELSEWHERE })).rejects.toMatchObject({
      reason: 'reuse-detected',
    });
  });
});

describe('a fault of the database', () => {
  const fault = new Error('connection terminated unexpectedly');
  type Operation = keyof SessionStore;

  const failing = async (operation: Operation) => {
    const world = createSessionWorld();
    const pairs = await rotateTimes(world, await world.sessions.start(USER, LAPTOP), 2);
    world.clock.advance(LIMITS.leeway + SECOND);
    const told = () => [...world.announced, ...world.warnings];
    const before = { row: world.row(), told: told() };
    world.store.failOn(operation, fault);
    const expectNothingChanged = () => {
      expect(world.row()).toEqual(before.row);
      expect(told()).toEqual(before.told);
    };
    return { world, pairs, expectNothingChanged };
  };

  it.each<{ operation: Operation; generation: number }>([
    { operation: 'find', generation: 2 },
    { operation: 'rotate', generation: 2 },
    { operation: 'revoke', generation: 0 },
  ])('in $operation is passed on by a rotation as it is', async ({ operation, generation }) => {
    const { world, pairs, expectNothingChanged } = await failing(operation);

    await expect(world.rotate(pairs[generation]?.refreshToken)).rejects.toBe(fault);

    expectNothingChanged();
  });

  it('in the question whether confirmation is required is passed on too', async () => {
    const world = createSessionWorld({ isConfirmationRequired: () => Promise.reject(fault) });
    const { refreshToken } = await world.sessions.start(USER, LAPTOP);
    world.store.setAccount(USER, { blocked: false, confirmed: false });
    const before = world.row();

    await expect(world.rotate(refreshToken)).rejects.toBe(fault);

    expect(world.row()).toEqual(before);
  });

  it('is passed on by authentication and logout', async () => {
    const { world, pairs, expectNothingChanged } = await failing('find');
    const { accessToken, refreshToken } = pairs[2] ?? {};

    await expect(world.sessions.authenticate(accessToken)).rejects.toBe(fault);
    for (const claims of [
      world.sessions.readRefreshToken(refreshToken),
      world.sessions.readAccessToken(accessToken),
    ]) {
      await expect(world.sessions.logout([claims], 'session', LAPTOP.ipAddress)).rejects.toBe(
        fault,
      );
    }

    expectNothingChanged();
  });

  it('logs nobody out: the same token works when the database is back', async () => {
    const { world, pairs } = await failing('rotate');
    const { refreshToken } = pairs[2] ?? {};
    await expect(world.rotate(refreshToken)).rejects.toBe(fault);

    world.store.recover();

    await expect(world.rotate(refreshToken)).resolves.toBeDefined();
  });

  it('at login yields no pair and no event', async () => {
    const world = createSessionWorld();
    world.store.failOn('insert', fault);

    await expect(world.sessions.start(USER, LAPTOP)).rejects.toBe(fault);

    expect(world.store.rows()).toEqual([]);
    expect(world.announced).toEqual([]);
  });
});
