import { describe, expect, it } from 'vitest';
import {
  AccountRefused,
  TokenRefused,
} from '../../src/extensions/users-permissions/refresh-tokens/core/errors';
import type { AccountState } from '../../src/extensions/users-permissions/refresh-tokens/core/account';
import { documentIdOf } from '../helpers/memory-store';
import { claimsOf } from '../helpers/people';
import {
  createSessionWorld,
  HOUR,
  LAPTOP,
  LIMITS,
  MINUTE,
  rotateTimes,
  SECOND,
  START,
  type SessionWorld,
} from '../helpers/session-world';

const USER = 7;
const ELSEWHERE = '198.51.100.9';

const eventNames = ({ announced }: SessionWorld): string[] => announced.map(({ name }) => name);

describe('a login', () => {
  it('stores one row and yields a pair that is tied to it', async () => {
    const world = createSessionWorld();

    const pair = await world.sessions.start(USER, LAPTOP);

    const row = world.row();
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
    const world = createSessionWorld();

    await world.sessions.start(USER, LAPTOP);

    const { sessionId } = world.row();
    const { deviceName, ipAddress } = LAPTOP;
    expect(world.announced).toEqual([
      { name: 'session.created', event: { userId: USER, sessionId, deviceName, ipAddress } },
    ]);
  });

  it('gets a session id of its own each time', async () => {
    const world = createSessionWorld();

    for (let count = 0; count < 50; count += 1) await world.sessions.start(USER, LAPTOP);

    expect(new Set(world.store.rows().map(({ sessionId }) => sessionId)).size).toBe(50);
  });
});

describe('a login of an account that is not in good standing', () => {
  it.each<[string, AccountState | null, Error]>([
    ['blocked', { blocked: true, confirmed: true }, new AccountRefused('blocked')],
    ['unconfirmed', { blocked: false, confirmed: false }, new AccountRefused('unconfirmed')],
    ['gone', null, new TokenRefused('user-deleted')],
  ])('%s stores nothing and announces nothing', async (_name, account, refusal) => {
    const world = createSessionWorld({ isConfirmationRequired: () => Promise.resolve(true) });
    world.store.setAccount(USER, account);

    await expect(world.sessions.start(USER, LAPTOP)).rejects.toThrow(refusal);

    expect(world.store.rows()).toEqual([]);
    expect(world.announced).toEqual([]);
  });

  it('unconfirmed logs in where confirmation is not required', async () => {
    const world = createSessionWorld();
    world.store.setAccount(USER, { blocked: false, confirmed: false });

    await expect(world.sessions.start(USER, LAPTOP)).resolves.toBeDefined();
  });
});

describe('the limit of sessions', () => {
  const loginsOf = async (world: SessionWorld, count: number) => {
    for (let login = 0; login < count; login += 1) {
      world.clock.advance(SECOND);
      await world.sessions.start(USER, LAPTOP);
    }
    return world.store.rows().map(({ revokedReason }) => revokedReason);
  };

  it('ends the oldest at the next login, and says so', async () => {
    const world = createSessionWorld({ sessionLimit: 2 });
    const bystander = await world.sessions.start(USER + 1, LAPTOP);

    const ends = await loginsOf(world, 4);

    expect(ends).toEqual([null, 'session-limit', 'session-limit', null, null]);
    const revoked = world.announced.filter(({ name }) => name === 'session.revoked');
    expect(revoked.map(({ event }) => event.reason)).toEqual(['session-limit', 'session-limit']);
    await expect(world.sessions.authenticate(bystander.accessToken)).resolves.toBeDefined();
  });

  it('does not count what has ended', async () => {
    const world = createSessionWorld({ sessionLimit: 2 });
    await loginsOf(world, 2);
    world.clock.advance(LIMITS.refreshTtl);

    expect(await loginsOf(world, 2)).toEqual([null, null, null, null]);
  });

  it('is none when it is 0', async () => {
    const world = createSessionWorld({ sessionLimit: 0 });

    expect(await loginsOf(world, 30)).toEqual(Array(30).fill(null));
  });
});

describe('a rotation', () => {
  it('moves the row on: generation, time, idle end and address, and nothing else', async () => {
    const world = createSessionWorld();
    const { refreshToken } = await world.sessions.start(USER, LAPTOP);
    const before = world.row();
    world.clock.advance(MINUTE);

    const pair = await world.rotate(refreshToken, { ipAddress: ELSEWHERE });

    expect(world.row()).toEqual({
      ...before,
      generation: 1,
      rotatedAt: START + MINUTE,
      expiresAt: START + MINUTE + LIMITS.refreshTtl,
      ipAddress: ELSEWHERE,
    });
    expect(pair.refreshMaxAge).toBe(LIMITS.refreshTtl);
    expect(eventNames(world)).toEqual(['session.created']);
  });

  it('happens in one row, however often', async () => {
    const world = createSessionWorld({ refreshTtl: 24 * HOUR, sessionTtl: 24 * HOUR });
    const first = await world.sessions.start(USER, LAPTOP);

    await rotateTimes(world, first, 1000);

    expect(world.store.rows()).toMatchObject([{ generation: 1000 }]);
  });

  it('never lets a token outlive the absolute end of the session', async () => {
    const world = createSessionWorld({ sessionTtl: HOUR + MINUTE });
    const { refreshToken } = await world.sessions.start(USER, LAPTOP);
    world.clock.advance(HOUR - MINUTE);

    const pair = await world.rotate(refreshToken);

    const end = START + HOUR + MINUTE;
    expect(world.row()).toMatchObject({ expiresAt: end, absoluteExpiresAt: end });
    expect(claimsOf(pair.refreshToken)).toMatchObject({ exp: end / 1000 });
    expect(claimsOf(pair.accessToken)).toMatchObject({ exp: end / 1000 });
    expect(pair.refreshMaxAge).toBe(2 * MINUTE);
  });

  it('is refused when the session is revoked between its reading and its writing', async () => {
    const world = createSessionWorld();
    const { refreshToken } = await world.sessions.start(USER, LAPTOP);
    world.store.delayBy(async (operation) => {
      if (operation !== 'rotate') return;
      world.store.delayBy(() => Promise.resolve());
      await world.sessions.revokeAll([USER], 'password-changed');
    });

    await expect(world.rotate(refreshToken)).rejects.toMatchObject({ reason: 'session-revoked' });

    expect(world.row()).toMatchObject({ generation: 0, revokedReason: 'password-changed' });
    expect(eventNames(world)).toEqual(['session.created', 'session.revoked']);
  });

  it('yields the same successor again within the leeway, which does not start anew', async () => {
    const world = createSessionWorld();
    const { refreshToken: first } = await world.sessions.start(USER, LAPTOP);
    const successor = await world.rotate(first);
    const after = world.row();

    for (const passed of [0, LIMITS.leeway - SECOND, SECOND]) {
      world.clock.advance(passed);
      const again = await world.rotate(first, { ipAddress: ELSEWHERE });
      expect(again.refreshToken).toBe(successor.refreshToken);
      expect(again.refreshMaxAge).toBe(after.expiresAt - world.clock.now());
      expect(claimsOf(again.accessToken)).toMatchObject({ iat: world.clock.now() / 1000 });
      expect(world.row()).toEqual(after);
    }
    world.clock.advance(1);
    await expect(world.rotate(first, { ipAddress: ELSEWHERE })).rejects.toThrow(TokenRefused);
  });
});

describe('a reuse', () => {
  const steal = async () => {
    const world = createSessionWorld();
    const bystander = await world.sessions.start(USER, LAPTOP);
    const pairs = await rotateTimes(world, await world.sessions.start(USER, LAPTOP), 2);
    const refusal = world.rotate(pairs[0]?.refreshToken, { ipAddress: ELSEWHERE });
    await expect(refusal).rejects.toMatchObject({ reason: 'reuse-detected' });
    return { world, bystander, pairs };
  };

  it('ends every token of the session and of no other', async () => {
    const { world, bystander, pairs } = await steal();

    for (const { accessToken, refreshToken } of pairs) {
      await expect(world.sessions.authenticate(accessToken)).rejects.toThrow(TokenRefused);
      await expect(world.rotate(refreshToken, { ipAddress: ELSEWHERE })).rejects.toThrow(
        TokenRefused,
      );
    }
    expect(world.store.rows()).toMatchObject([
      { revokedAt: null },
      { revokedAt: world.clock.now(), revokedReason: 'reuse-detected', generation: 2 },
    ]);
    await expect(world.sessions.authenticate(bystander.accessToken)).resolves.toBeDefined();
  });

  it('is announced and warned of once, however often the token is tried', async () => {
    const { world, pairs } = await steal();
    await expect(world.rotate(pairs[0]?.refreshToken, { ipAddress: ELSEWHERE })).rejects.toThrow();

    const { sessionId } = world.store.rows()[1] ?? {};
    const about = { userId: USER, sessionId, reason: 'reuse-detected' };
    const { deviceName } = LAPTOP;
    expect(world.announced.slice(-2)).toEqual([
      { name: 'session.revoked', event: { ...about, deviceName, ipAddress: LAPTOP.ipAddress } },
      { name: 'session.reuse-detected', event: { ...about, deviceName, ipAddress: ELSEWHERE } },
    ]);
    expect(world.warnings).toEqual([
      `Refresh token reused: user 7, session ${sessionId}, device Firefox on Linux, ` +
        'address 198.51.100.9; generation 0 was presented, 2 is current. ' +
        'The session has been revoked.',
    ]);
  });

  it('leaves no token in what is announced or warned of', async () => {
    const { world, pairs } = await steal();

    const told = JSON.stringify([world.announced, world.warnings]);
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
    const world = createSessionWorld();
    const pair = await world.sessions.start(USER, LAPTOP);
    world.store.setAccount(USER, null);

    await expect(world.rotate(pair.refreshToken)).rejects.toMatchObject({
      name: 'TokenRefused',
      reason: 'user-deleted',
    });

    expect(world.row()).toMatchObject({ revokedReason: 'user-deleted', generation: 0 });
    expect(world.announced.at(-1)).toMatchObject({
      name: 'session.revoked',
      event: { reason: 'user-deleted' },
    });
  });

  it('that is blocked ends the session, and unblocking does not revive it', async () => {
    const world = createSessionWorld();
    const pair = await world.sessions.start(USER, LAPTOP);
    world.store.setAccount(USER, { blocked: true, confirmed: true });

    await expect(world.rotate(pair.refreshToken)).rejects.toThrow(new AccountRefused('blocked'));
    world.store.setAccount(USER, { blocked: false, confirmed: true });

    await expect(world.rotate(pair.refreshToken)).rejects.toMatchObject({
      reason: 'session-revoked',
    });
    await expect(world.sessions.authenticate(pair.accessToken)).rejects.toThrow(TokenRefused);
    expect(world.row()).toMatchObject({ revokedReason: 'user-blocked', generation: 0 });
    expect(eventNames(world)).toEqual(['session.created', 'session.revoked']);
  });

  it('that is unconfirmed waits where confirmation is required, and keeps its session', async () => {
    let isRequired = true;
    const world = createSessionWorld({ isConfirmationRequired: () => Promise.resolve(isRequired) });
    const pair = await world.sessions.start(USER, LAPTOP);
    world.store.setAccount(USER, { blocked: false, confirmed: false });
    const before = world.row();

    await expect(world.rotate(pair.refreshToken)).rejects.toThrow(
      new AccountRefused('unconfirmed'),
    );
    expect(world.row()).toEqual(before);

    isRequired = false;
    await expect(world.rotate(pair.refreshToken)).resolves.toBeDefined();
  });

  it('that is unconfirmed waits for a repeated successor too', async () => {
    const world = createSessionWorld({ isConfirmationRequired: () => Promise.resolve(true) });
    const { refreshToken } = await world.sessions.start(USER, LAPTOP);
    await world.rotate(refreshToken);
    world.store.setAccount(USER, { blocked: false, confirmed: false });

    await expect(world.rotate(refreshToken)).rejects.toThrow(new AccountRefused('unconfirmed'));
  });

  it('that is confirmed is never asked about', async () => {
    const world = createSessionWorld({
      isConfirmationRequired: () => Promise.reject(new Error('asked')),
    });
    const { refreshToken } = await world.sessions.start(USER, LAPTOP);

    await expect(world.rotate(refreshToken)).resolves.toBeDefined();
  });
});
