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
const ELSEWHERE = '198.51.100.9';

const eventNames = ({ announced }: SessionFixture): string[] => announced.map(({ name }) => name);

describe('a login', () => {
  it('stores one row and yields a pair that is tied to it', async () => {
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
      loginAt: START,
      rotatedAt: START,
      expiresAt: START + LIMITS.refreshTtl,
      absoluteExpiresAt: START + LIMITS.sessionTtl,
      revokedAt: null,
      revokedReason: null,
    });
    expect(claimsOf(pair.refreshToken)).toMatchObject({ sessionId: row.sessionId, generation: 0 });
    expect(claimsOf(pair.accessToken)).toMatchObject({ sessionId: row.sessionId, id: USER });
    expect(pair.refreshMaxAge).toBe(LIMITS.refreshTtl);
  });

  it('is announced with the device and without a token', async () => {
    const fixture = createSessionFixture();

    await fixture.sessions.start(USER, LAPTOP);

    const { sessionId } = fixture.row();
    const { deviceName, ipAddress } = LAPTOP;
    expect(fixture.announced).toEqual([
      { name: 'session.created', event: { userId: USER, sessionId, deviceName, ipAddress } },
    ]);
  });

  it('gets a session id of its own each time', async () => {
    const fixture = createSessionFixture();

    for (let count = 0; count < 50; count += 1) await fixture.sessions.start(USER, LAPTOP);

    expect(new Set(fixture.store.rows().map(({ sessionId }) => sessionId)).size).toBe(50);
  });
});

describe('a login of an account that is not in good standing', () => {
  it.each<[string, AccountState | null, Error]>([
    ['blocked', { blocked: true, confirmed: true }, new AccountRefused('blocked')],
    ['unconfirmed', { blocked: false, confirmed: false }, new AccountRefused('unconfirmed')],
    ['gone', null, new TokenRefused('user-deleted')],
  ])('%s stores nothing and announces nothing', async (_name, account, refusal) => {
    const fixture = createSessionFixture({ isConfirmationRequired: () => Promise.resolve(true) });
    fixture.store.setAccount(USER, account);

    await expect(fixture.sessions.start(USER, LAPTOP)).rejects.toThrow(refusal);

    expect(fixture.store.rows()).toEqual([]);
    expect(fixture.announced).toEqual([]);
  });

  it('unconfirmed logs in where confirmation is not required', async () => {
    const fixture = createSessionFixture();
    fixture.store.setAccount(USER, { blocked: false, confirmed: false });

    await expect(fixture.sessions.start(USER, LAPTOP)).resolves.toBeDefined();
  });
});

describe('the limit of sessions', () => {
  const loginsOf = async (fixture: SessionFixture, count: number) => {
    for (let login = 0; login < count; login += 1) {
      fixture.clock.advance(SECOND);
      await fixture.sessions.start(USER, LAPTOP);
    }
    return fixture.store.rows().map(({ revokedReason }) => revokedReason);
  };

  it('ends the oldest at the next login, and says so', async () => {
    const fixture = createSessionFixture({ sessionLimit: 2 });
    const bystander = await fixture.sessions.start(USER + 1, LAPTOP);

    const ends = await loginsOf(fixture, 4);

    expect(ends).toEqual([null, 'session-limit', 'session-limit', null, null]);
    const revoked = fixture.announced.filter(({ name }) => name === 'session.revoked');
    expect(revoked.map(({ event }) => event.reason)).toEqual(['session-limit', 'session-limit']);
    await expect(fixture.sessions.authenticate(bystander.accessToken)).resolves.toBeDefined();
  });

  it('does not count what has ended', async () => {
    const fixture = createSessionFixture({ sessionLimit: 2 });
    await loginsOf(fixture, 2);
    fixture.clock.advance(LIMITS.refreshTtl);

    expect(await loginsOf(fixture, 2)).toEqual([null, null, null, null]);
  });

  it('is none when it is 0', async () => {
    const fixture = createSessionFixture({ sessionLimit: 0 });

    expect(await loginsOf(fixture, 30)).toEqual(Array(30).fill(null));
  });
});

describe('a rotation', () => {
  it('moves the row on: generation, time, idle end and address, and nothing else', async () => {
    const fixture = createSessionFixture();
    const { refreshToken } = await fixture.sessions.start(USER, LAPTOP);
    const before = fixture.row();
    fixture.clock.advance(MINUTE);

    const pair = await fixture.rotate(refreshToken, { ipAddress: ELSEWHERE });

    expect(fixture.row()).toEqual({
      ...before,
      generation: 1,
      rotatedAt: START + MINUTE,
      expiresAt: START + MINUTE + LIMITS.refreshTtl,
      ipAddress: ELSEWHERE,
    });
    expect(pair.refreshMaxAge).toBe(LIMITS.refreshTtl);
    expect(eventNames(fixture)).toEqual(['session.created']);
  });

  it('happens in one row, however often', async () => {
    const fixture = createSessionFixture({ refreshTtl: 24 * HOUR, sessionTtl: 24 * HOUR });
    const first = await fixture.sessions.start(USER, LAPTOP);

    await rotateTimes(fixture, first, 1000);

    expect(fixture.store.rows()).toMatchObject([{ generation: 1000 }]);
  });

  it('never lets a token outlive the absolute end of the session', async () => {
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

  it('is refused when the session is revoked between its reading and its writing', async () => {
    const fixture = createSessionFixture();
    const { refreshToken } = await fixture.sessions.start(USER, LAPTOP);
    fixture.store.delayBy(async (operation) => {
      if (operation !== 'rotate') return;
      fixture.store.delayBy(() => Promise.resolve());
      await fixture.sessions.revokeAll([USER], 'password-changed');
    });

    await expect(fixture.rotate(refreshToken)).rejects.toMatchObject({ reason: 'session-revoked' });

    expect(fixture.row()).toMatchObject({ generation: 0, revokedReason: 'password-changed' });
    expect(eventNames(fixture)).toEqual(['session.created', 'session.revoked']);
  });

  it('yields the same successor again within the leeway, which does not start anew', async () => {
    const fixture = createSessionFixture();
    const { refreshToken: first } = await fixture.sessions.start(USER, LAPTOP);
    const successor = await fixture.rotate(first);
    const after = fixture.row();

    for (const passed of [0, LIMITS.leeway - SECOND, SECOND]) {
      fixture.clock.advance(passed);
      const again = await fixture.rotate(first, { ipAddress: ELSEWHERE });
      expect(again.refreshToken).toBe(successor.refreshToken);
      expect(again.refreshMaxAge).toBe(after.expiresAt - fixture.clock.now());
      expect(claimsOf(again.accessToken)).toMatchObject({ iat: fixture.clock.now() / 1000 });
      expect(fixture.row()).toEqual(after);
    }
    fixture.clock.advance(1);
    await expect(fixture.rotate(first, { ipAddress: ELSEWHERE })).rejects.toThrow(TokenRefused);
  });
});

describe('a reuse', () => {
  const steal = async () => {
    const fixture = createSessionFixture();
    const bystander = await fixture.sessions.start(USER, LAPTOP);
    const pairs = await rotateTimes(fixture, await fixture.sessions.start(USER, LAPTOP), 2);
    const refusal = fixture.rotate(pairs[0]?.refreshToken, { ipAddress: ELSEWHERE });
    await expect(refusal).rejects.toMatchObject({ reason: 'reuse-detected' });
    return { fixture, bystander, pairs };
  };

  it('ends every token of the session and of no other', async () => {
    const { fixture, bystander, pairs } = await steal();

    for (const { accessToken, refreshToken } of pairs) {
      await expect(fixture.sessions.authenticate(accessToken)).rejects.toThrow(TokenRefused);
      await expect(fixture.rotate(refreshToken, { ipAddress: ELSEWHERE })).rejects.toThrow(
        TokenRefused,
      );
    }
    expect(fixture.store.rows()).toMatchObject([
      { revokedAt: null },
      { revokedAt: fixture.clock.now(), revokedReason: 'reuse-detected', generation: 2 },
    ]);
    await expect(fixture.sessions.authenticate(bystander.accessToken)).resolves.toBeDefined();
  });

  it('is announced and warned of once, however often the token is tried', async () => {
    const { fixture, pairs } = await steal();
    await expect(fixture.rotate(pairs[0]?.refreshToken, { ipAddress: ELSEWHERE })).rejects.toThrow();

    const { sessionId } = fixture.store.rows()[1] ?? {};
    const about = { userId: USER, sessionId, reason: 'reuse-detected' };
    const { deviceName } = LAPTOP;
    expect(fixture.announced.slice(-2)).toEqual([
      { name: 'session.revoked', event: { ...about, deviceName, ipAddress: LAPTOP.ipAddress } },
      { name: 'session.reuse-detected', event: { ...about, deviceName, ipAddress: ELSEWHERE } },
    ]);
    expect(fixture.warnings).toEqual([
      `Refresh token reused: user 7, session ${sessionId}, device Firefox on Linux, ` +
        'address 198.51.100.9; generation 0 was presented, 2 is current. ' +
        'The session has been revoked.',
    ]);
  });

  it('leaves no token in what is announced or warned of', async () => {
    const { fixture, pairs } = await steal();

    const told = JSON.stringify([fixture.announced, fixture.warnings]);
    for (const { accessToken, refreshToken } of pairs) {
      for (const token of [accessToken, refreshToken]) {
        expect(told).not.toContain(token);
        expect(told).not.toContain(token.split('.')[2]);
      }
    }
  });
});

describe('an account', () => {
  it('that is gone ends the session', async () => {
    const fixture = createSessionFixture();
    const pair = await fixture.sessions.start(USER, LAPTOP);
    fixture.store.setAccount(USER, null);

    await expect(fixture.rotate(pair.refreshToken)).rejects.toMatchObject({
      name: 'TokenRefused',
      reason: 'user-deleted',
    });

    expect(fixture.row()).toMatchObject({ revokedReason: 'user-deleted', generation: 0 });
    expect(fixture.announced.at(-1)).toMatchObject({
      name: 'session.revoked',
      event: { reason: 'user-deleted' },
    });
  });

  it('that is blocked ends the session, and unblocking does not revive it', async () => {
    const fixture = createSessionFixture();
    const pair = await fixture.sessions.start(USER, LAPTOP);
    fixture.store.setAccount(USER, { blocked: true, confirmed: true });

    await expect(fixture.rotate(pair.refreshToken)).rejects.toThrow(new AccountRefused('blocked'));
    fixture.store.setAccount(USER, { blocked: false, confirmed: true });

    await expect(fixture.rotate(pair.refreshToken)).rejects.toMatchObject({
      reason: 'session-revoked',
    });
    await expect(fixture.sessions.authenticate(pair.accessToken)).rejects.toThrow(TokenRefused);
    expect(fixture.row()).toMatchObject({ revokedReason: 'user-blocked', generation: 0 });
    expect(eventNames(fixture)).toEqual(['session.created', 'session.revoked']);
  });

  it('that is unconfirmed waits where confirmation is required, and keeps its session', async () => {
    let isRequired = true;
    const fixture = createSessionFixture({ isConfirmationRequired: () => Promise.resolve(isRequired) });
    const pair = await fixture.sessions.start(USER, LAPTOP);
    fixture.store.setAccount(USER, { blocked: false, confirmed: false });
    const before = fixture.row();

    await expect(fixture.rotate(pair.refreshToken)).rejects.toThrow(
      new AccountRefused('unconfirmed'),
    );
    expect(fixture.row()).toEqual(before);

    isRequired = false;
    await expect(fixture.rotate(pair.refreshToken)).resolves.toBeDefined();
  });

  it('that is unconfirmed waits for a repeated successor too', async () => {
    const fixture = createSessionFixture({ isConfirmationRequired: () => Promise.resolve(true) });
    const { refreshToken } = await fixture.sessions.start(USER, LAPTOP);
    await fixture.rotate(refreshToken);
    fixture.store.setAccount(USER, { blocked: false, confirmed: false });

    await expect(fixture.rotate(refreshToken)).rejects.toThrow(new AccountRefused('unconfirmed'));
  });

  it('that is confirmed is never asked about', async () => {
    const fixture = createSessionFixture({
      isConfirmationRequired: () => Promise.reject(new Error('asked')),
    });
    const { refreshToken } = await fixture.sessions.start(USER, LAPTOP);

    await expect(fixture.rotate(refreshToken)).resolves.toBeDefined();
  });
});
