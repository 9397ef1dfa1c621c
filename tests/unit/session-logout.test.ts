import { describe, expect, it } from 'vitest';
import { TokenRefused } from '../../src/extensions/users-permissions/core/errors';
import type { TokenPair } from '../../src/extensions/users-permissions/services/session';
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
  /** The reasons for which the three ended, null for live. */
  const ends = () => world.store.rows().map(({ revokedReason }) => revokedReason);
  return { world, laptop, phone, stranger, ends };
};

describe('a logout', () => {
  it.each<[string, (pair: TokenPair) => object]>([
    ['refresh token', ({ refreshToken }) => ({ refreshToken })],
    ['access token', ({ accessToken }) => ({ accessToken })],
    [
      'access token beside a bad refresh token',
      ({ accessToken }) => ({ accessToken, refreshToken: 'x' }),
    ],
  ])('by %s ends this session, or all of the user’s', async (_kind, credentials) => {
    const { world, laptop, phone, ends } = await threeSessions();

    await expect(world.sessions.logout(credentials(laptop), 'session')).resolves.toBe(true);
    expect(ends()).toEqual(['logout', null, null]);

    await expect(world.sessions.logout(credentials(phone), 'all')).resolves.toBe(true);
    expect(ends()).toEqual(['logout', 'logout-all', null]);
    await expect(world.sessions.authenticate(laptop.accessToken)).rejects.toThrow(TokenRefused);
  });

  it('is announced once for each session that it ended', async () => {
    const { world, laptop } = await threeSessions();

    await world.sessions.logout(laptop, 'all');
    await world.sessions.logout(laptop, 'all');

    const revoked = world.announced.filter(({ name }) => name === 'session.revoked');
    expect(revoked.map(({ event }) => [event.userId, event.reason, event.deviceName])).toEqual([
      [USER, 'logout-all', LAPTOP.deviceName],
      [USER, 'logout-all', 'Phone'],
    ]);
  });

  it('by a refresh token one rotation old, even after the leeway, ends its session', async () => {
    const { world, laptop, ends } = await threeSessions();
    await world.sessions.rotate(laptop.refreshToken, null);
    world.clock.advance(LIMITS.leeway + SECOND);

    await world.sessions.logout({ refreshToken: laptop.refreshToken }, 'session');

    expect(ends()).toEqual(['logout', null, null]);
    expect(world.warnings).toEqual([]);
  });

  it('by an access token from before a rotation ends its session', async () => {
    const { world, laptop, ends } = await threeSessions();
    await world.sessions.rotate(laptop.refreshToken, null);

    await world.sessions.logout({ accessToken: laptop.accessToken }, 'session');

    expect(ends()).toEqual(['logout', null, null]);
  });

  it('by an older refresh token is a reuse, and has no say over other sessions', async () => {
    const { world, laptop, ends } = await threeSessions();
    await rotateTimes(world, laptop, 2);

    await world.sessions.logout({ refreshToken: laptop.refreshToken }, 'all');

    expect(ends()).toEqual(['reuse-detected', null, null]);
    expect(world.warnings).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ['garbage', 'garbage'],
    ['an empty text', ''],
    ['a number', 5],
    ['a list', ['x']],
    ['null', null],
  ])('by %s for a refresh token ends nothing, and succeeds', async (_kind, refreshToken) => {
    const { world, ends } = await threeSessions();

    await expect(world.sessions.logout({ refreshToken }, 'all')).resolves.toBe(true);

    expect(ends()).toEqual([null, null, null]);
  });

  it('by an expired refresh token ends nothing, and succeeds', async () => {
    const { world, laptop, ends } = await threeSessions();
    world.clock.advance(LIMITS.refreshTtl);

    await expect(world.sessions.logout({ refreshToken: laptop.refreshToken }, 'all')).resolves.toBe(
      true,
    );

    expect(ends()).toEqual([null, null, null]);
  });

  it('without a refresh token and with no access token of use fails', async () => {
    const { world, laptop, ends } = await threeSessions();
    world.clock.advance(LIMITS.accessTtl);

    for (const credentials of [{}, { accessToken: 'x' }, { accessToken: laptop.accessToken }]) {
      await expect(world.sessions.logout(credentials, 'all')).resolves.toBe(false);
    }

    expect(ends()).toEqual([null, null, null]);
  });

  it('by an access token that names somebody else’s session ends nothing', async () => {
    const { world, ends } = await threeSessions();
    const [{ sessionId } = { sessionId: '' }] = world.store.rows();
    const mixed = world.tokens.mintAccess(
      { id: STRANGER, sessionId },
      { issuedAt: START, expiresAt: START + MINUTE },
    );

    await world.sessions.logout({ accessToken: mixed }, 'session');

    expect(ends()).toEqual([null, null, null]);
  });

  it('by an access token of no session ends only what it may', async () => {
    const { world, ends } = await threeSessions();
    const accessToken = world.tokens.signAccess({ id: USER }, { expiresIn: 60 }, START);

    await world.sessions.logout({ accessToken }, 'session');
    expect(ends()).toEqual([null, null, null]);

    await world.sessions.logout({ accessToken }, 'all');
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
    const { world, laptop, ends } = await threeSessions();
    await world.sessions.logout(laptop, 'session');

    await expect(world.sessions.revokeAll([USER], 'password-changed')).resolves.toBe(1);
    expect(ends()).toEqual(['logout', 'password-changed', null]);

    await expect(world.sessions.revokeAll([], 'user-deleted')).resolves.toBe(0);
    await expect(world.sessions.revokeAll([USER], 'user-deleted')).resolves.toBe(0);
  });
});
