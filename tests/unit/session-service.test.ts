import { describe, expect, it } from 'vitest';
import {
  AccountRefused,
  TokenRefused,
} from '../../src/extensions/users-permissions/refresh-tokens/core/errors';
import type { AccountState } from '../../src/extensions/users-permissions/refresh-tokens/core/account';
import { documentIdOf } from '../helpers/memory-store';
import { claimsOf } from '../helpers/users';
import {
  createSessionFixture,
  HOUR,
  LAPTOP,
  LIMITS,
  MINUTE,
  rotateTimes,
  SECOND,
  START,
  type SessionFixture,
} from '../helpers/session-fixture';

const USER = 7;
const OTHER_ADDRESS = '198.51.100.9';

const eventNames = ({ emitted }: SessionFixture): string[] => emitted.map(({ name }) => name);

describe('start', () => {
  it('stores one row and returns a token pair of that session', async () => {
    const fixture = createSessionFixture();

    const pair = await fixture.sessions.start(USER, LAPTOP);

    const row = fixture.row();
    expect(row).toEqual({
      ...LAPTOP,
      sessionId: expect.stringMatching(/^[\w-]{22}$/) as string,
      userId: USER,
      userDocumentId: documentIdOf(USER),
      generation: 0,
      retryKeyHash: null,
      remembered: true,
      impersonatedBy: null,
      loginAt: START,
      rotatedAt: START,
      expiresAt: START + LIMITS.refreshTtl,
      absoluteExpiresAt: START + LIMITS.sessionTtl,
      revokedAt: null,
      revokedReason: null,
    });
    expect(claimsOf(pair.refreshToken)).toMatchObject({
      sessionId: row.sessionId,
      generation: 0,
      exp: (START + LIMITS.refreshTtl) / 1000,
    });
    expect(claimsOf(pair.accessToken)).toMatchObject({ sessionId: row.sessionId, id: USER });
    expect(pair.refreshMaxAge).toBe(LIMITS.refreshTtl);
  });

  it('emits session.created with the device', async () => {
    const fixture = createSessionFixture();

    await fixture.sessions.start(USER, LAPTOP);

    const { sessionId } = fixture.row();
    const { deviceName, ipAddress } = LAPTOP;
    expect(fixture.emitted).toEqual([
      { name: 'session.created', event: { userId: USER, sessionId, deviceName, ipAddress } },
    ]);
  });

  it('creates a new session id each time', async () => {
    const fixture = createSessionFixture();

    for (let count = 0; count < 50; count += 1) await fixture.sessions.start(USER, LAPTOP);

    expect(new Set(fixture.store.rows().map(({ sessionId }) => sessionId)).size).toBe(50);
  });

  it.each<[string, AccountState | null, Error]>([
    ['blocked', { blocked: true, confirmed: true, hasRole: true }, new AccountRefused('blocked')],
    [
      'unconfirmed',
      { blocked: false, confirmed: false, hasRole: true },
      new AccountRefused('unconfirmed'),
    ],
    ['deleted', null, new TokenRefused('user-deleted')],
  ])('refuses a %s account, and stores and emits nothing', async (_name, account, refusal) => {
    const fixture = createSessionFixture({ isConfirmationRequired: () => Promise.resolve(true) });
    fixture.store.setAccount(USER, account);

    await expect(fixture.sessions.start(USER, LAPTOP)).rejects.toThrow(refusal);

    expect(fixture.store.rows()).toEqual([]);
    expect(fixture.emitted).toEqual([]);
  });

  it('accepts an unconfirmed account when no confirmation is required', async () => {
    const fixture = createSessionFixture();
    fixture.store.setAccount(USER, { blocked: false, confirmed: false, hasRole: true });

    await expect(fixture.sessions.start(USER, LAPTOP)).resolves.toBeDefined();
  });
});

describe('the session limit', () => {
  const logIn = async (fixture: SessionFixture, count: number) => {
    for (let login = 0; login < count; login += 1) {
      fixture.clock.advance(SECOND);
      await fixture.sessions.start(USER, LAPTOP);
    }
    return fixture.store.rows().map(({ revokedReason }) => revokedReason);
  };

  it('revokes the oldest session of the user at the next login, and emits an event', async () => {
    const fixture = createSessionFixture({ sessionLimit: 2 });
    const ofOtherUser = await fixture.sessions.start(USER + 1, LAPTOP);

    const reasons = await logIn(fixture, 4);

    expect(reasons).toEqual([null, 'session-limit', 'session-limit', null, null]);
    const revoked = fixture.emitted.filter(({ name }) => name === 'session.revoked');
    expect(revoked.map(({ event }) => event.reason)).toEqual(['session-limit', 'session-limit']);
    await expect(fixture.sessions.authenticate(ofOtherUser.accessToken)).resolves.toBeDefined();
  });

  it('does not count sessions that have ended', async () => {
    const fixture = createSessionFixture({ sessionLimit: 2 });
    await logIn(fixture, 2);
    fixture.clock.advance(LIMITS.refreshTtl);

    expect(await logIn(fixture, 2)).toEqual([null, null, null, null]);
  });

  it('does not apply when it is 0', async () => {
    const fixture = createSessionFixture({ sessionLimit: 0 });

    expect(await logIn(fixture, 30)).toEqual(Array(30).fill(null));
  });
});

describe('rotate', () => {
  it('changes generation, time, idle end and address of the row, and nothing else', async () => {
    const fixture = createSessionFixture();
    const { refreshToken } = await fixture.sessions.start(USER, LAPTOP);
    const before = fixture.row();
    fixture.clock.advance(MINUTE);

    const pair = await fixture.rotate(refreshToken, { ipAddress: OTHER_ADDRESS });

    expect(fixture.row()).toEqual({
      ...before,
      generation: 1,
      rotatedAt: START + MINUTE,
      expiresAt: START + MINUTE + LIMITS.refreshTtl,
      ipAddress: OTHER_ADDRESS,
    });
    expect(pair.refreshMaxAge).toBe(LIMITS.refreshTtl);
    expect(eventNames(fixture)).toEqual(['session.created']);
  });

  it('keeps one row per session, however often it is called', async () => {
    const fixture = createSessionFixture({ refreshTtl: 24 * HOUR, sessionTtl: 24 * HOUR });
    const first = await fixture.sessions.start(USER, LAPTOP);

    await rotateTimes(fixture, first, 1000);

    expect(fixture.store.rows()).toMatchObject([{ generation: 1000 }]);
  });

  it('never issues a token that outlives the absolute end of the session', async () => {
    const fixture = createSessionFixture({ sessionTtl: HOUR + MINUTE });
    const { refreshToken } = await fixture.sessions.start(USER, LAPTOP);
    fixture.clock.advance(HOUR - MINUTE);

    const pair = await fixture.rotate(refreshToken);

    const end = START + HOUR + MINUTE;
    expect(fixture.row()).toMatchObject({ expiresAt: end, absoluteExpiresAt: end });
    expect(claimsOf(pair.refreshToken)).toMatchObject({ exp: end / 1000 });
    expect(claimsOf(pair.accessToken)).toMatchObject({ exp: end / 1000 });
    expect(pair.refreshMaxAge).toBe(2 * MINUTE);
  });

  it.each([
    { when: 'before the statement that rotates it', operation: 'rotateCurrent' },
    { when: 'between read and update', operation: 'rotate' },
  ])('refuses the token when the session is revoked $when', async (revoked) => {
    const fixture = createSessionFixture({ canReturn: revoked.operation === 'rotateCurrent' });
    const { refreshToken } = await fixture.sessions.start(USER, LAPTOP);
    fixture.store.delayBy(async (operation) => {
      if (operation !== revoked.operation) return;
      fixture.store.delayBy(() => Promise.resolve());
      await fixture.sessions.revokeAll([USER], 'password-changed');
    });

    await expect(fixture.rotate(refreshToken)).rejects.toMatchObject({ reason: 'session-revoked' });

    expect(fixture.row()).toMatchObject({ generation: 0, revokedReason: 'password-changed' });
    expect(eventNames(fixture)).toEqual(['session.created', 'session.revoked']);
  });

  it('repeats the same successor within the leeway, which does not restart', async () => {
    const fixture = createSessionFixture();
    const { refreshToken: first } = await fixture.sessions.start(USER, LAPTOP);
    const successor = await fixture.rotate(first);
    const after = fixture.row();

    for (const passed of [0, LIMITS.leeway - SECOND, SECOND]) {
      fixture.clock.advance(passed);
      const again = await fixture.rotate(first, { ipAddress: OTHER_ADDRESS });
      expect(again.refreshToken).toBe(successor.refreshToken);
      expect(again.refreshMaxAge).toBe(after.expiresAt - fixture.clock.now());
      expect(claimsOf(again.accessToken)).toMatchObject({ iat: fixture.clock.now() / 1000 });
      expect(fixture.row()).toEqual(after);
    }
    fixture.clock.advance(1);
    await expect(fixture.rotate(first, { ipAddress: OTHER_ADDRESS })).rejects.toThrow(TokenRefused);
  });
});

describe('a reuse', () => {
  const reuse = async () => {
    const fixture = createSessionFixture();
    const otherSession = await fixture.sessions.start(USER, LAPTOP);
    const pairs = await rotateTimes(fixture, await fixture.sessions.start(USER, LAPTOP), 2);
    const refusal = fixture.rotate(pairs[0]?.refreshToken, { ipAddress: OTHER_ADDRESS });
    await expect(refusal).rejects.toMatchObject({ reason: 'reuse-detected' });
    return { fixture, otherSession, pairs };
  };

  it('ends every token of the session, and none of another session', async () => {
    const { fixture, otherSession, pairs } = await reuse();

    for (const { accessToken, refreshToken } of pairs) {
      await expect(fixture.sessions.authenticate(accessToken)).rejects.toThrow(TokenRefused);
      await expect(fixture.rotate(refreshToken, { ipAddress: OTHER_ADDRESS })).rejects.toThrow(
        TokenRefused,
      );
    }
    expect(fixture.store.rows()).toMatchObject([
      { revokedAt: null },
      { revokedAt: fixture.clock.now(), revokedReason: 'reuse-detected', generation: 2 },
    ]);
    await expect(fixture.sessions.authenticate(otherSession.accessToken)).resolves.toBeDefined();
  });

  it('emits its events and logs its warning once, however often the token is presented', async () => {
    const { fixture, pairs } = await reuse();
    await expect(
      fixture.rotate(pairs[0]?.refreshToken, { ipAddress: OTHER_ADDRESS }),
    ).rejects.toThrow();

    const { sessionId } = fixture.store.rows()[1] ?? {};
    const common = { userId: USER, sessionId, reason: 'reuse-detected' };
    const { deviceName } = LAPTOP;
    expect(fixture.emitted.slice(-2)).toEqual([
      { name: 'session.revoked', event: { ...common, deviceName, ipAddress: LAPTOP.ipAddress } },
      {
        name: 'session.reuse-detected',
        event: { ...common, deviceName, ipAddress: OTHER_ADDRESS },
      },
    ]);
    expect(fixture.warnings).toEqual([
      `Refresh token reused: user 7, session ${sessionId}, device Firefox on Linux, ` +
        'address 198.51.100.9; generation 0 was presented, 2 is current. ' +
        'The session has been revoked.',
    ]);
  });

  it('puts no token into events and warnings', async () => {
    const { fixture, pairs } = await reuse();

    const output = JSON.stringify([fixture.emitted, fixture.warnings]);
    for (const { accessToken, refreshToken } of pairs) {
      for (const token of [accessToken, refreshToken]) {
        expect(output).not.toContain(token);
        expect(output).not.toContain(token.split('.')[2]);
      }
    }
  });
});

describe('rotate for an account', () => {
  it('that is deleted revokes the session', async () => {
    const fixture = createSessionFixture();
    const pair = await fixture.sessions.start(USER, LAPTOP);
    fixture.store.setAccount(USER, null);

    await expect(fixture.rotate(pair.refreshToken)).rejects.toMatchObject({
      name: 'TokenRefused',
      reason: 'user-deleted',
    });

    expect(fixture.row()).toMatchObject({ revokedReason: 'user-deleted', generation: 0 });
    expect(fixture.emitted.at(-1)).toMatchObject({
      name: 'session.revoked',
      event: { reason: 'user-deleted' },
    });
  });

  it('that is blocked revokes the session, which stays revoked when the account is unblocked', async () => {
    const fixture = createSessionFixture();
    const pair = await fixture.sessions.start(USER, LAPTOP);
    fixture.store.setAccount(USER, { blocked: true, confirmed: true, hasRole: true });

    await expect(fixture.rotate(pair.refreshToken)).rejects.toThrow(new AccountRefused('blocked'));
    fixture.store.setAccount(USER, { blocked: false, confirmed: true, hasRole: true });

    await expect(fixture.rotate(pair.refreshToken)).rejects.toMatchObject({
      reason: 'session-revoked',
    });
    await expect(fixture.sessions.authenticate(pair.accessToken)).rejects.toThrow(TokenRefused);
    expect(fixture.row()).toMatchObject({ revokedReason: 'user-blocked', generation: 0 });
    expect(eventNames(fixture)).toEqual(['session.created', 'session.revoked']);
  });

  it('that is unconfirmed refuses the token where confirmation is required, and keeps the session', async () => {
    let isRequired = true;
    const fixture = createSessionFixture({
      isConfirmationRequired: () => Promise.resolve(isRequired),
    });
    const pair = await fixture.sessions.start(USER, LAPTOP);
    fixture.store.setAccount(USER, { blocked: false, confirmed: false, hasRole: true });
    const before = fixture.row();

    await expect(fixture.rotate(pair.refreshToken)).rejects.toThrow(
      new AccountRefused('unconfirmed'),
    );
    expect(fixture.row()).toEqual(before);

    isRequired = false;
    await expect(fixture.rotate(pair.refreshToken)).resolves.toBeDefined();
  });

  it('that is unconfirmed refuses a repeat, too', async () => {
    const fixture = createSessionFixture({ isConfirmationRequired: () => Promise.resolve(true) });
    const { refreshToken } = await fixture.sessions.start(USER, LAPTOP);
    await fixture.rotate(refreshToken);
    fixture.store.setAccount(USER, { blocked: false, confirmed: false, hasRole: true });

    await expect(fixture.rotate(refreshToken)).rejects.toThrow(new AccountRefused('unconfirmed'));
  });

  it('that is confirmed does not query whether confirmation is required', async () => {
    const fixture = createSessionFixture({
      isConfirmationRequired: () => Promise.reject(new Error('queried')),
    });
    const { refreshToken } = await fixture.sessions.start(USER, LAPTOP);

    await expect(fixture.rotate(refreshToken)).resolves.toBeDefined();
  });
});
