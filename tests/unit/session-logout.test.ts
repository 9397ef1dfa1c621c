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
const OTHER_USER = 8;

/** Starts two sessions of one user, on a laptop and a phone, and one of another user. */
const threeSessions = async () => {
  const fixture = createSessionFixture();
  const laptop = await fixture.sessions.start(USER, LAPTOP);
  const phone = await fixture.sessions.start(USER, { ...LAPTOP, deviceName: 'Phone' });
  await fixture.sessions.start(OTHER_USER, LAPTOP);
  return {
    fixture,
    laptop,
    phone,
    refreshClaims: ({ refreshToken }: TokenPair) => fixture.sessions.readRefreshToken(refreshToken),
    accessClaims: ({ accessToken }: TokenPair) => fixture.sessions.readAccessToken(accessToken),
    /** Returns why each of the three sessions was revoked; null if it was not. */
    revokedReasons: () => fixture.store.rows().map(({ revokedReason }) => revokedReason),
  };
};

describe('logout', () => {
  it.each(['refreshClaims', 'accessClaims'] as const)(
    'with %s ends this session, or all sessions of the user',
    async (kind) => {
      const { fixture, laptop, phone, revokedReasons, [kind]: claims } = await threeSessions();

      await fixture.sessions.logout([claims(laptop)], 'session', LAPTOP.ipAddress);
      expect(revokedReasons()).toEqual(['logout', null, null]);
      await expect(fixture.sessions.authenticate(laptop.accessToken)).rejects.toThrow(TokenRefused);

      await fixture.sessions.logout([claims(phone)], 'all', LAPTOP.ipAddress);
      expect(revokedReasons()).toEqual(['logout', 'logout-all', null]);
      await expect(fixture.sessions.authenticate(phone.accessToken)).rejects.toThrow(TokenRefused);
    },
  );

  it('emits one event for each session that it ends', async () => {
    const { fixture, laptop, refreshClaims } = await threeSessions();

    await fixture.sessions.logout([refreshClaims(laptop)], 'all', LAPTOP.ipAddress);
    await fixture.sessions.logout([refreshClaims(laptop)], 'all', LAPTOP.ipAddress);

    const revoked = fixture.emitted.filter(({ name }) => name === 'session.revoked');
    expect(revoked.map(({ event }) => [event.userId, event.reason, event.deviceName])).toEqual([
      [USER, 'logout-all', LAPTOP.deviceName],
      [USER, 'logout-all', 'Phone'],
    ]);
  });

  it('with a token of an ended session ends no other session', async () => {
    const { fixture, laptop, revokedReasons, refreshClaims, accessClaims } = await threeSessions();
    const [refresh, access] = [refreshClaims(laptop), accessClaims(laptop)];
    await fixture.sessions.logout([refresh], 'session', LAPTOP.ipAddress);

    await fixture.sessions.logout([refresh], 'all', LAPTOP.ipAddress);
    await fixture.sessions.logout([access], 'all', LAPTOP.ipAddress);

    expect(revokedReasons()).toEqual(['logout', null, null]);
  });

  it('with the previous refresh token ends its session, even after the leeway', async () => {
    const { fixture, laptop, revokedReasons, refreshClaims } = await threeSessions();
    await fixture.rotate(laptop.refreshToken);
    fixture.clock.advance(LIMITS.leeway + SECOND);

    await fixture.sessions.logout([refreshClaims(laptop)], 'session', LAPTOP.ipAddress);

    expect(revokedReasons()).toEqual(['logout', null, null]);
    expect(fixture.warnings).toEqual([]);
  });

  it('with an access token that is older than the last rotation ends its session', async () => {
    const { fixture, laptop, revokedReasons, accessClaims } = await threeSessions();
    await fixture.rotate(laptop.refreshToken);

    await fixture.sessions.logout([accessClaims(laptop)], 'session', LAPTOP.ipAddress);

    expect(revokedReasons()).toEqual(['logout', null, null]);
  });

  it('with both kinds of token ends the sessions of both', async () => {
    const { fixture, laptop, phone, revokedReasons, refreshClaims, accessClaims } =
      await threeSessions();

    await fixture.sessions.logout(
      [refreshClaims(laptop), accessClaims(phone)],
      'session',
      LAPTOP.ipAddress,
    );

    expect(revokedReasons()).toEqual(['logout', 'logout', null]);
  });

  it.each([
    ['within the leeway ends all sessions', LIMITS.leeway, ['logout-all', 'logout-all', null]],
    ['after it ends its own session alone', LIMITS.leeway + 1, ['logout', null, null]],
  ])('with the previous refresh token and scope all %s', async (_name, later, reasons) => {
    const { fixture, laptop, revokedReasons, refreshClaims } = await threeSessions();
    await fixture.rotate(laptop.refreshToken);
    fixture.clock.advance(later);

    await fixture.sessions.logout([refreshClaims(laptop)], 'all', LAPTOP.ipAddress);

    expect(revokedReasons()).toEqual(reasons);
  });

  it('with an outdated refresh token is a reuse, and ends no other session', async () => {
    const { fixture, laptop, revokedReasons, refreshClaims } = await threeSessions();
    await rotateTimes(fixture, laptop, 2);

    await fixture.sessions.logout([refreshClaims(laptop)], 'all', LAPTOP.ipAddress);

    expect(revokedReasons()).toEqual(['reuse-detected', null, null]);
    expect(fixture.warnings).toHaveLength(1);
  });

  it('with an access token without a session ends nothing, or all sessions of the user', async () => {
    const { fixture, revokedReasons } = await threeSessions();
    const accessToken = fixture.tokens.signAccess({ id: USER }, { expiresIn: 60 }, START);
    const claims = fixture.sessions.readAccessToken(accessToken);

    await fixture.sessions.logout([claims], 'session', LAPTOP.ipAddress);
    expect(revokedReasons()).toEqual([null, null, null]);

    await fixture.sessions.logout([claims], 'all', LAPTOP.ipAddress);
    expect(revokedReasons()).toEqual(['logout-all', 'logout-all', null]);
  });
});

describe('authenticate', () => {
  it('returns the claims of an access token whose session is live', async () => {
    const { fixture, laptop } = await threeSessions();

    await expect(fixture.sessions.authenticate(laptop.accessToken)).resolves.toMatchObject({
      id: USER,
    });
  });

  it('accepts an access token without a session', async () => {
    const { fixture } = await threeSessions();
    const accessToken = fixture.tokens.signAccess({ id: USER }, { expiresIn: 60 }, START);

    await expect(fixture.sessions.authenticate(accessToken)).resolves.toMatchObject({ id: USER });
  });

  it('refuses an unknown session, and a session of another user', async () => {
    const { fixture } = await threeSessions();
    const times = { issuedAt: START, expiresAt: START + MINUTE };
    const [{ sessionId } = { sessionId: '' }] = fixture.store.rows();
    const unknown = fixture.tokens.mintAccess({ id: USER, sessionId: 'none' }, times);
    const mixed = fixture.tokens.mintAccess({ id: OTHER_USER, sessionId }, times);

    await expect(fixture.sessions.authenticate(unknown)).rejects.toMatchObject({
      reason: 'unknown-session',
    });
    await expect(fixture.sessions.authenticate(mixed)).rejects.toMatchObject({
      reason: 'bad-claims',
    });
  });

  it('refuses a refresh token, a forged token and a missing one', async () => {
    const { fixture, laptop } = await threeSessions();
    const forged = forgeToken({ header: { alg: 'none' }, payload: { id: USER, type: 'access' } });

    for (const token of [laptop.refreshToken, forged, undefined]) {
      await expect(fixture.sessions.authenticate(token)).rejects.toThrow(TokenRefused);
    }
  });
});

describe('revokeAll', () => {
  it('ends every live session of these users, and returns their number', async () => {
    const { fixture, laptop, revokedReasons, refreshClaims } = await threeSessions();
    await fixture.sessions.logout([refreshClaims(laptop)], 'session', LAPTOP.ipAddress);

    await expect(fixture.sessions.revokeAll([USER], 'password-changed')).resolves.toBe(1);
    expect(revokedReasons()).toEqual(['logout', 'password-changed', null]);

    await expect(fixture.sessions.revokeAll([], 'user-deleted')).resolves.toBe(0);
    await expect(fixture.sessions.revokeAll([USER], 'user-deleted')).resolves.toBe(0);
  });
});
