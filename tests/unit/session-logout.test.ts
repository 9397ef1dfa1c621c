import { describe, expect, it } from 'vitest';
import { TokenRefused } from '../../src/extensions/users-permissions/refresh-tokens/core/errors';
import type { TokenPair } from '../../src/extensions/users-permissions/refresh-tokens/services/token-pair';
import { forgeToken } from '../helpers/forge';
import {
  createSessionFixture,
  LAPTOP,
  LIMITS,
  MINUTE,
  rotateTimes,
  SECOND,
  START,
} from '../helpers/session-fixture';

const USER = 7;
const STRANGER = 8;

/** One user on two devices, and a stranger. */
const threeSessions = async () => {
  const fixture = createSessionFixture();
  const laptop = await fixture.sessions.start(USER, LAPTOP);
  const phone = await fixture.sessions.start(USER, { ...LAPTOP, deviceName: 'Phone' });
  const stranger = await fixture.sessions.start(STRANGER, LAPTOP);
  return {
    fixture,
    laptop,
    phone,
    stranger,
    refreshClaims: ({ refreshToken }: TokenPair) => fixture.sessions.readRefreshToken(refreshToken),
    accessClaims: ({ accessToken }: TokenPair) => fixture.sessions.readAccessToken(accessToken),
    /** The reasons for which the three ended, null for live. */
    ends: () => fixture.store.rows().map(({ revokedReason }) => revokedReason),
  };
};

describe('a logout', () => {
  it.each(['refreshClaims', 'accessClaims'] as const)(
    'by %s ends this session, or all of the user’s',
    async (kind) => {
      const { fixture, laptop, phone, ends, [kind]: claims } = await threeSessions();

      await fixture.sessions.logout([claims(laptop)], 'session', LAPTOP.ipAddress);
      expect(ends()).toEqual(['logout', null, null]);
      await expect(fixture.sessions.authenticate(laptop.accessToken)).rejects.toThrow(TokenRefused);

      await fixture.sessions.logout([claims(phone)], 'all', LAPTOP.ipAddress);
      expect(ends()).toEqual(['logout', 'logout-all', null]);
      await expect(fixture.sessions.authenticate(phone.accessToken)).rejects.toThrow(TokenRefused);
    },
  );

  it('is announced once for each session that it ended', async () => {
    const { fixture, laptop, refreshClaims } = await threeSessions();

    await fixture.sessions.logout([refreshClaims(laptop)], 'all', LAPTOP.ipAddress);
    await fixture.sessions.logout([refreshClaims(laptop)], 'all', LAPTOP.ipAddress);

    const revoked = fixture.announced.filter(({ name }) => name === 'session.revoked');
    expect(revoked.map(({ event }) => [event.userId, event.reason, event.deviceName])).toEqual([
      [USER, 'logout-all', LAPTOP.deviceName],
      [USER, 'logout-all', 'Phone'],
    ]);
  });

  it('of a session that has ended ends no other', async () => {
    const { fixture, laptop, ends, refreshClaims, accessClaims } = await threeSessions();
    const [refresh, access] = [refreshClaims(laptop), accessClaims(laptop)];
    await fixture.sessions.logout([refresh], 'session', LAPTOP.ipAddress);

    await fixture.sessions.logout([refresh], 'all', LAPTOP.ipAddress);
    await fixture.sessions.logout([access], 'all', LAPTOP.ipAddress);

    expect(ends()).toEqual(['logout', null, null]);
  });

  it('by a refresh token one rotation old, even after the leeway, ends its session', async () => {
    const { fixture, laptop, ends, refreshClaims } = await threeSessions();
    await fixture.rotate(laptop.refreshToken);
    fixture.clock.advance(LIMITS.leeway + SECOND);

    await fixture.sessions.logout([refreshClaims(laptop)], 'session', LAPTOP.ipAddress);

    expect(ends()).toEqual(['logout', null, null]);
    expect(fixture.warnings).toEqual([]);
  });

  it('by an access token from before a rotation ends its session', async () => {
    const { fixture, laptop, ends, accessClaims } = await threeSessions();
    await fixture.rotate(laptop.refreshToken);

    await fixture.sessions.logout([accessClaims(laptop)], 'session', LAPTOP.ipAddress);

    expect(ends()).toEqual(['logout', null, null]);
  });

  it('by an older refresh token is a reuse, and has no say over other sessions', async () => {
    const { fixture, laptop, ends, refreshClaims } = await threeSessions();
    await rotateTimes(fixture, laptop, 2);

    await fixture.sessions.logout([refreshClaims(laptop)], 'all', LAPTOP.ipAddress);

    expect(ends()).toEqual(['reuse-detected', null, null]);
    expect(fixture.warnings).toHaveLength(1);
  });

  it('by an access token of no session ends only what it may', async () => {
    const { fixture, ends } = await threeSessions();
    const accessToken = fixture.tokens.signAccess({ id: USER }, { expiresIn: 60 }, START);
    const claims = fixture.sessions.readAccessToken(accessToken);

    await fixture.sessions.logout([claims], 'session', LAPTOP.ipAddress);
    expect(ends()).toEqual([null, null, null]);

    await fixture.sessions.logout([claims], 'all', LAPTOP.ipAddress);
    expect(ends()).toEqual(['logout-all', 'logout-all', null]);
  });
});

describe('authentication', () => {
  it('lets a live session in and says whose it is', async () => {
    const { fixture, laptop } = await threeSessions();

    await expect(fixture.sessions.authenticate(laptop.accessToken)).resolves.toMatchObject({
      id: USER,
    });
  });

  it('lets in a token that is tied to no session', async () => {
    const { fixture } = await threeSessions();
    const accessToken = fixture.tokens.signAccess({ id: USER }, { expiresIn: 60 }, START);

    await expect(fixture.sessions.authenticate(accessToken)).resolves.toMatchObject({ id: USER });
  });

  it('refuses a session that is not stored, or is not the user’s', async () => {
    const { fixture } = await threeSessions();
    const times = { issuedAt: START, expiresAt: START + MINUTE };
    const [{ sessionId } = { sessionId: '' }] = fixture.store.rows();
    const unknown = fixture.tokens.mintAccess({ id: USER, sessionId: 'none' }, times);
    const mixed = fixture.tokens.mintAccess({ id: STRANGER, sessionId }, times);

    await expect(fixture.sessions.authenticate(unknown)).rejects.toMatchObject({
      reason: 'unknown-session',
    });
    await expect(fixture.sessions.authenticate(mixed)).rejects.toMatchObject({
      reason: 'bad-claims',
    });
  });

  it('refuses a refresh token and a forged one', async () => {
    const { fixture, laptop } = await threeSessions();
    const forged = forgeToken({ header: { alg: 'none' }, payload: { id: USER, type: 'access' } });

    for (const token of [laptop.refreshToken, forged, undefined]) {
      await expect(fixture.sessions.authenticate(token)).rejects.toThrow(TokenRefused);
    }
  });
});

describe('revokeAll', () => {
  it('ends every live session of these users, and says how many there were', async () => {
    const { fixture, laptop, ends, refreshClaims } = await threeSessions();
    await fixture.sessions.logout([refreshClaims(laptop)], 'session', LAPTOP.ipAddress);

    await expect(fixture.sessions.revokeAll([USER], 'password-changed')).resolves.toBe(1);
    expect(ends()).toEqual(['logout', 'password-changed', null]);

    await expect(fixture.sessions.revokeAll([], 'user-deleted')).resolves.toBe(0);
    await expect(fixture.sessions.revokeAll([USER], 'user-deleted')).resolves.toBe(0);
  });
});
