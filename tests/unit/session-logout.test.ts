import { describe, expect, it } from 'vitest';
import { TokenRefused } from '../../src/extensions/users-permissions/refresh-tokens/core/errors';
import type { TokenPair } from '../../src/extensions/users-permissions/refresh-tokens/services/token-pair';
import { forgeToken } from '../helpers/forge';
import {
  createSessionWorld,
  LAPTOP,
  LIMITS,
  MINUTE,
  rotateTimes,
  SECOND,
  START,
} from '../helpers/session-world';

const USER = 7;
const STRANGER = 8;

/** One user on two devices, and a stranger. */
const threeSessions = async () => {
  const world = createSessionWorld();
  const laptop = await world.sessions.start(USER, LAPTOP);
  const phone = await world.sessions.start(USER, { ...LAPTOP, deviceName: 'Phone' });
  const stranger = await world.sessions.start(STRANGER, LAPTOP);
  return {
    world,
    laptop,
    phone,
    stranger,
    refreshClaims: ({ refreshToken }: TokenPair) => world.sessions.readRefreshToken(refreshToken),
    accessClaims: ({ accessToken }: TokenPair) => world.sessions.readAccessToken(accessToken),
    /** The reasons for which the three ended, null for live. */
    ends: () => world.store.rows().map(({ revokedReason }) => revokedReason),
  };
};

describe('a logout', () => {
  it.each(['refreshClaims', 'accessClaims'] as const)(
    'by %s ends this session, or all of the user’s',
    async (kind) => {
      const { world, laptop, phone, ends, [kind]: claims } = await threeSessions();

      await world.sessions.logout([claims(laptop)], 'session', LAPTOP.ipAddress);
      expect(ends()).toEqual(['logout', null, null]);
      await expect(world.sessions.authenticate(laptop.accessToken)).rejects.toThrow(TokenRefused);

      await world.sessions.logout([claims(phone)], 'all', LAPTOP.ipAddress);
      expect(ends()).toEqual(['logout', 'logout-all', null]);
      await expect(world.sessions.authenticate(phone.accessToken)).rejects.toThrow(TokenRefused);
    },
  );

  it('is announced once for each session that it ended', async () => {
    const { world, laptop, refreshClaims } = await threeSessions();

    await world.sessions.logout([refreshClaims(laptop)], 'all', LAPTOP.ipAddress);
    await world.sessions.logout([refreshClaims(laptop)], 'all', LAPTOP.ipAddress);

    const revoked = world.announced.filter(({ name }) => name === 'session.revoked');
    expect(revoked.map(({ event }) => [event.userId, event.reason, event.deviceName])).toEqual([
      [USER, 'logout-all', LAPTOP.deviceName],
      [USER, 'logout-all', 'Phone'],
    ]);
  });

  it('of a session that has ended ends no other', async () => {
    const { world, laptop, ends, refreshClaims, accessClaims } = await threeSessions();
    const [refresh, access] = [refreshClaims(laptop), accessClaims(laptop)];
    await world.sessions.logout([refresh], 'session', LAPTOP.ipAddress);

    await world.sessions.logout([refresh], 'all', LAPTOP.ipAddress);
    await world.sessions.logout([access], 'all', LAPTOP.ipAddress);

    expect(ends()).toEqual(['logout', null, null]);
  });

  it('by a refresh token one rotation old, even after the leeway, ends its session', async () => {
    const { world, laptop, ends, refreshClaims } = await threeSessions();
    await world.rotate(laptop.refreshToken);
    world.clock.advance(LIMITS.leeway + SECOND);

    await world.sessions.logout([refreshClaims(laptop)], 'session', LAPTOP.ipAddress);

    expect(ends()).toEqual(['logout', null, null]);
    expect(world.warnings).toEqual([]);
  });

  it('by an access token from before a rotation ends its session', async () => {
    const { world, laptop, ends, accessClaims } = await threeSessions();
    await world.rotate(laptop.refreshToken);

    await world.sessions.logout([accessClaims(laptop)], 'session', LAPTOP.ipAddress);

    expect(ends()).toEqual(['logout', null, null]);
  });

  it('by an older refresh token is a reuse, and has no say over other sessions', async () => {
    const { world, laptop, ends, refreshClaims } = await threeSessions();
    await rotateTimes(world, laptop, 2);

    await world.sessions.logout([refreshClaims(laptop)], 'all', LAPTOP.ipAddress);

    expect(ends()).toEqual(['reuse-detected', null, null]);
    expect(world.warnings).toHaveLength(1);
  });

  it('by an access token of no session ends only what it may', async () => {
    const { world, ends } = await threeSessions();
    const accessToken = world.tokens.signAccess({ id: USER }, { expiresIn: 60 }, START);
    const claims = world.sessions.readAccessToken(accessToken);

    await world.sessions.logout([claims], 'session', LAPTOP.ipAddress);
    expect(ends()).toEqual([null, null, null]);

    await world.sessions.logout([claims], 'all', LAPTOP.ipAddress);
    expect(ends()).toEqual(['logout-all', 'logout-all', null]);
  });
});

describe('authentication', () => {
  it('lets a live session in and says whose it is', async () => {
    const { world, laptop } = await threeSessions();

    await expect(world.sessions.authenticate(laptop.accessToken)).resolves.toMatchObject({
      id: USER,
    });
  });

  it('lets in a token that is tied to no session', async () => {
    const { world } = await threeSessions();
    const accessToken = world.tokens.signAccess({ id: USER }, { expiresIn: 60 }, START);

    await expect(world.sessions.authenticate(accessToken)).resolves.toMatchObject({ id: USER });
  });

  it('refuses a session that is not stored, or is not the user’s', async () => {
    const { world } = await threeSessions();
    const times = { issuedAt: START, expiresAt: START + MINUTE };
    const [{ sessionId } = { sessionId: '' }] = world.store.rows();
    const unknown = world.tokens.mintAccess({ id: USER, sessionId: 'none' }, times);
    const mixed = world.tokens.mintAccess({ id: STRANGER, sessionId }, times);

    await expect(world.sessions.authenticate(unknown)).rejects.toMatchObject({
      reason: 'unknown-session',
    });
    await expect(world.sessions.authenticate(mixed)).rejects.toMatchObject({
      reason: 'bad-claims',
    });
  });

  it('refuses a refresh token and a forged one', async () => {
    const { world, laptop } = await threeSessions();
    const forged = forgeToken({ header: { alg: 'none' }, payload: { id: USER, type: 'access' } });

    for (const token of [laptop.refreshToken, forged, undefined]) {
      await expect(world.sessions.authenticate(token)).rejects.toThrow(TokenRefused);
    }
  });
});

describe('revokeAll', () => {
  it('ends every live session of these users, and says how many there were', async () => {
    const { world, laptop, ends, refreshClaims } = await threeSessions();
    await world.sessions.logout([refreshClaims(laptop)], 'session', LAPTOP.ipAddress);

    await expect(world.sessions.revokeAll([USER], 'password-changed')).resolves.toBe(1);
    expect(ends()).toEqual(['logout', 'password-changed', null]);

    await expect(world.sessions.revokeAll([], 'user-deleted')).resolves.toBe(0);
    await expect(world.sessions.revokeAll([USER], 'user-deleted')).resolves.toBe(0);
  });
});
