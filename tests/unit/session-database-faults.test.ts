import { describe, expect, it } from 'vitest';
import type { SessionStore } from '../../src/extensions/users-permissions/refresh-tokens/core/session-store';
import { claimsOf } from '../helpers/users';
import {
  createSessionFixture,
  LAPTOP,
  LIMITS,
  rotateTimes,
  SECOND,
} from '../helpers/session-fixture';

const USER = 7;
const OTHER_USER = 8;
const OTHER_ADDRESS = '198.51.100.9';

describe('after the database was restored from a backup', () => {
  const restoreBackup = async () => {
    const fixture = createSessionFixture();
    const first = await fixture.sessions.start(USER, LAPTOP);
    const backup = fixture.row();
    const [, , , newest] = await rotateTimes(fixture, first, 3);
    fixture.store.restore(backup);
    return { fixture, first, newest: newest ?? first };
  };

  it('the newest token rotates the session, with a warning', async () => {
    const { fixture, newest } = await restoreBackup();

    const pair = await fixture.rotate(newest.refreshToken, { ipAddress: OTHER_ADDRESS });

    expect(fixture.row()).toMatchObject({ generation: 4, revokedAt: null });
    expect(claimsOf(pair.refreshToken)).toMatchObject({ generation: 4 });
    expect(fixture.warnings).toEqual([
      expect.stringContaining('generation 3 was presented, 0 is stored') as string,
    ]);
    expect(fixture.warnings[0]).not.toContain(newest.refreshToken);
  });

  it('an outdated token is a reuse again once the newest token has rotated', async () => {
    const { fixture, first, newest } = await restoreBackup();
    await fixture.rotate(newest.refreshToken, { ipAddress: OTHER_ADDRESS });

    await expect(
      fixture.rotate(first.refreshToken, { ipAddress: OTHER_ADDRESS }),
    ).rejects.toMatchObject({
      reason: 'reuse-detected',
    });
  });
});

describe('a database error', () => {
  const fault = new Error('connection terminated unexpectedly');
  type Operation = keyof SessionStore;

  const createFailingFixture = async (operation: Operation) => {
    const fixture = createSessionFixture({ canReturn: operation === 'rotateCurrent' });
    const pairs = await rotateTimes(fixture, await fixture.sessions.start(USER, LAPTOP), 2);
    fixture.clock.advance(LIMITS.leeway + SECOND);
    const output = () => [...fixture.emitted, ...fixture.warnings];
    const before = { row: fixture.row(), output: output() };
    fixture.store.failOn(operation, fault);
    const expectNothingChanged = () => {
      expect(fixture.row()).toEqual(before.row);
      expect(output()).toEqual(before.output);
    };
    return { fixture, pairs, expectNothingChanged };
  };

  it.each<{ operation: Operation; generation: number }>([
    { operation: 'rotateCurrent', generation: 2 },
    { operation: 'find', generation: 2 },
    { operation: 'rotate', generation: 2 },
    { operation: 'revoke', generation: 0 },
  ])(
    'in $operation is thrown by rotate as it is, and changes nothing',
    async ({ operation, generation }) => {
      const { fixture, pairs, expectNothingChanged } = await createFailingFixture(operation);

      await expect(fixture.rotate(pairs[generation]?.refreshToken)).rejects.toBe(fault);

      expectNothingChanged();
    },
  );

  it('in the query whether confirmation is required is thrown by rotate, and changes nothing', async () => {
    const fixture = createSessionFixture({ isConfirmationRequired: () => Promise.reject(fault) });
    const { refreshToken } = await fixture.sessions.start(USER, LAPTOP);
    fixture.store.setAccount(USER, { blocked: false, confirmed: false, hasRole: true });
    const before = fixture.row();

    await expect(fixture.rotate(refreshToken)).rejects.toBe(fault);

    expect(fixture.row()).toEqual(before);
  });

  it('in that query revokes no session of another token in the request', async () => {
    const fixture = createSessionFixture({ isConfirmationRequired: () => Promise.reject(fault) });
    const { sessions, store } = fixture;
    const outdated = await sessions.start(USER, LAPTOP);
    await rotateTimes(fixture, outdated, 2);
    const current = await sessions.start(OTHER_USER, LAPTOP);
    store.setAccount(OTHER_USER, { blocked: false, confirmed: false, hasRole: true });
    const before = store.rows();
    const tokens = [outdated, current].map(({ refreshToken }) =>
      sessions.readRefreshToken(refreshToken),
    );

    const caller = { ...LAPTOP, retryKeyHash: null, hasLeft: () => false };
    await expect(sessions.rotate(tokens, caller)).rejects.toBe(fault);

    expect(store.rows()).toEqual(before);
  });

  it('is thrown by authenticate and logout, and changes nothing', async () => {
    const { fixture, pairs, expectNothingChanged } = await createFailingFixture('find');
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

  it('does not invalidate the token, which works when the database is back', async () => {
    const { fixture, pairs } = await createFailingFixture('rotate');
    const { refreshToken } = pairs[2] ?? {};
    await expect(fixture.rotate(refreshToken)).rejects.toBe(fault);

    fixture.store.recover();

    await expect(fixture.rotate(refreshToken)).resolves.toBeDefined();
  });

  it('in start stores and emits nothing', async () => {
    const fixture = createSessionFixture();
    fixture.store.failOn('insert', fault);

    await expect(fixture.sessions.start(USER, LAPTOP)).rejects.toBe(fault);

    expect(fixture.store.rows()).toEqual([]);
    expect(fixture.emitted).toEqual([]);
  });
});
