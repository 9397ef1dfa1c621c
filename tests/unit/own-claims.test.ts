import { describe, expect, it } from 'vitest';
import {
  checkOwnClaims,
  OwnClaimsFailed,
} from '../../src/extensions/users-permissions/refresh-tokens/core/own-claims';
import { createOwnClaims } from '../../src/extensions/users-permissions/refresh-tokens/strapi/access-token-claims';
import { createSessionFixture, LAPTOP, LIMITS, SECOND } from '../helpers/session-fixture';
import { claimsOf } from '../helpers/users';

const STRAPI = {} as Parameters<typeof createOwnClaims>[0];
const USER_ID = 7;

/** The fixture with a function of a project, which a test may replace. */
const createFixture = (accessTokenClaims: () => unknown) => {
  const project = { accessTokenClaims, calls: [] as object[] };
  const fixture = createSessionFixture({
    ownClaims: createOwnClaims(STRAPI, (context) => {
      project.calls.push(context);
      return project.accessTokenClaims() as Record<string, unknown>;
    }),
  });
  return { ...fixture, project };
};

describe('checkOwnClaims', () => {
  it.each([
    ['no claims', {}, {}],
    [
      'text, numbers, lists and objects',
      { a: 'é', b: [1, { c: null }] },
      { a: 'é', b: [1, { c: null }] },
    ],
    [
      'an undefined value, which it leaves out',
      { role: 'editor', tenant: undefined },
      { role: 'editor' },
    ],
    ['a date, as JSON writes it', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
    ['exactly 2 kB', { a: 'x'.repeat(2048 - 8) }, { a: 'x'.repeat(2048 - 8) }],
  ])('accepts %s', (_name, claims, expected) => {
    expect(checkOwnClaims(claims)).toEqual(expected);
  });

  const circular: Record<string, unknown> = {};
  circular.itself = circular;

  it.each<[string, unknown, RegExp]>([
    ...['id', 'sessionId', 'type', 'sub', 'exp', 'iat', 'nbf', 'jti', 'iss', 'aud'].map(
      (name): [string, unknown, RegExp] => [
        `the claim ${name}`,
        { role: 'editor', [name]: 7 },
        new RegExp(`reserved claims: ${name}$`),
      ],
    ),
    ['a reserved claim of its `toJSON`', { toJSON: () => ({ sub: 'admin' }) }, /reserved/],
    ...[undefined, null, 'role=editor', 7, ['editor'], new Map([['role', 'editor']])].map(
      (value): [string, unknown, RegExp] => [
        `${typeof value}`,
        value,
        /must return a plain object/,
      ],
    ),
    ['a promise', Promise.resolve({}), /must return a plain object/],
    ['what becomes a text in JSON', { toJSON: () => 'text' }, /must return a plain object/],
    ['what becomes nothing in JSON', { toJSON: () => undefined }, /must return a plain object/],
    [
      'one byte more than 2 kB',
      { a: 'x'.repeat(2048 - 7) },
      /2049 bytes of JSON; at most 2048 fit/,
    ],
    ['more than 2 kB in fewer characters', { a: 'é'.repeat(1024) }, /2056 bytes/],
    ['a circle', circular, /cannot be written as JSON/],
    ['a bigint', { a: 1n }, /cannot be written as JSON/],
  ])('refuses %s', (_name, claims, message) => {
    expect(() => checkOwnClaims(claims)).toThrow(OwnClaimsFailed);
    expect(() => checkOwnClaims(claims)).toThrow(message);
  });

  it('names reserved claims, and no values', () => {
    expect(() => checkOwnClaims({ sub: 'a private value' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('private') as string }),
    );
  });
});

describe('accessTokenClaims', () => {
  it('is called at each login, rotation and repeat, and its claims are in the access token', async () => {
    let count = 0;
    const { sessions, rotate, project, row } = createFixture(() => ({ count: (count += 1) }));

    const first = await sessions.start(USER_ID, LAPTOP);
    const second = await rotate(first.refreshToken);
    const repeated = await rotate(first.refreshToken);

    const pairs = [first, second, repeated];
    expect(pairs.map(({ accessToken }) => claimsOf(accessToken).count)).toEqual([1, 2, 3]);
    expect(repeated.refreshToken).toBe(second.refreshToken);
    expect(claimsOf(repeated.refreshToken)).not.toHaveProperty('count');
    const { sessionId } = row();
    expect(project.calls).toEqual(Array(3).fill({ strapi: STRAPI, userId: USER_ID, sessionId }));
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no tenant');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no tenant'))],
    ['returns a reserved claim', () => ({ sub: '7' })],
    ['returns 3 kB', () => ({ a: 'x'.repeat(3000) })],
    ['returns nothing', () => undefined],
  ])(
    'that %s at a refresh leaves the session as it was: the retry succeeds, however late',
    async (_name, fail) => {
      const { sessions, rotate, project, row, clock, emitted } = createFixture(() => ({}));
      const { refreshToken } = await sessions.start(USER_ID, LAPTOP);
      const before = row();
      const emittedBefore = emitted.length;

      project.accessTokenClaims = fail;
      await expect(rotate(refreshToken)).rejects.toThrow(OwnClaimsFailed);
      expect(row()).toEqual(before);

      project.accessTokenClaims = () => ({ role: 'editor' });
      clock.advance(LIMITS.leeway * 10);
      const { accessToken } = await rotate(refreshToken);
      expect(claimsOf(accessToken)).toMatchObject({ role: 'editor' });
      expect(row()).toMatchObject({ generation: 1, revokedAt: null });
      expect(emitted).toHaveLength(emittedBefore);
    },
  );

  it('that fails at a repeat leaves the session as it was', async () => {
    const { sessions, rotate, project, row } = createFixture(() => ({}));
    const { refreshToken } = await sessions.start(USER_ID, LAPTOP);
    const second = await rotate(refreshToken);
    const before = row();

    project.accessTokenClaims = () => null;
    await expect(rotate(refreshToken)).rejects.toThrow(OwnClaimsFailed);
    expect(row()).toEqual(before);

    project.accessTokenClaims = () => ({});
    expect((await rotate(refreshToken)).refreshToken).toBe(second.refreshToken);
  });

  it('that fails at a login leaves no session', async () => {
    const { sessions, store, emitted } = createFixture(() => {
      throw new Error('no tenant');
    });

    await expect(sessions.start(USER_ID, LAPTOP)).rejects.toThrow('threw Error: no tenant');

    expect(store.rows()).toEqual([]);
    expect(emitted).toEqual([]);
  });

  it('that is slower than the leeway does not make an honest tab a thief', async () => {
    const fixture = createFixture(() => ({}));
    const { sessions, rotate, project, clock, row } = fixture;
    const { refreshToken } = await sessions.start(USER_ID, LAPTOP);

    project.accessTokenClaims = () => {
      clock.advance(LIMITS.leeway + SECOND);
      return {};
    };
    const first = await rotate(refreshToken);
    project.accessTokenClaims = () => ({});
    const second = await rotate(refreshToken);

    expect(second.refreshToken).toBe(first.refreshToken);
    expect(row()).toMatchObject({ generation: 1, revokedAt: null, rotatedAt: clock.now() });
  });

  it('is not called for a token that is refused', async () => {
    const { sessions, rotate, project, row } = createFixture(() => ({}));
    const { refreshToken } = await sessions.start(USER_ID, LAPTOP);
    const { sessionId } = row();
    await sessions.logout([sessions.readRefreshToken(refreshToken)], 'session', null);
    expect(sessionId).toBeDefined();
    const before = project.calls.length;

    await expect(rotate(refreshToken)).rejects.toThrow('session-revoked');

    expect(project.calls).toHaveLength(before);
  });
});
