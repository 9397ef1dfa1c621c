import { describe, expect, it } from 'vitest';
import {
  clearCookieHeader,
  clearVariantHeaders,
  cookieValues,
  setCookieHeader,
} from '../../src/extensions/users-permissions/refresh-tokens/http/cookie';
import type { CookieSettings } from '../../src/extensions/users-permissions/refresh-tokens/settings/settings';

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl-_';
const settings: CookieSettings = {
  name: 'refreshToken',
  secure: false,
  sameSite: 'lax',
  path: '/api',
  partitioned: false,
};

const cookieWith = (changes: Partial<CookieSettings> = {}, maxAge = 60_000): string =>
  setCookieHeader({ ...settings, ...changes }, TOKEN, maxAge);

describe('setCookieHeader', () => {
  it('is HttpOnly, has the path of the settings and expires with the token', () => {
    expect(cookieWith()).toBe(
      `refreshToken=${TOKEN}; Max-Age=60; Path=/api; HttpOnly; SameSite=Lax`,
    );
  });

  it.each([
    { changes: { secure: true }, attribute: 'Secure' },
    { changes: { domain: 'example.com' }, attribute: 'Domain=example.com' },
    { changes: { path: '/' }, attribute: 'Path=/' },
    { changes: { sameSite: 'strict' }, attribute: 'SameSite=Strict' },
    { changes: { sameSite: 'none' }, attribute: 'SameSite=None' },
    { changes: { partitioned: true }, attribute: 'Partitioned' },
  ] as const)('has the attribute $attribute when the settings say so', ({ changes, attribute }) => {
    expect(cookieWith(changes).split('; ')).toContain(attribute);
  });

  it('has neither Secure nor Domain nor Partitioned by default', () => {
    expect(cookieWith()).not.toMatch(/Secure|Domain|Partitioned/);
  });

  it('has the name of the settings', () => {
    expect(cookieWith({ name: '__Host-token' })).toMatch(/^__Host-token=/);
  });

  it.each([
    { maxAge: 172_800_000, seconds: 172_800 },
    { maxAge: 1_999, seconds: 1 },
    { maxAge: 999, seconds: 0 },
    { maxAge: 0, seconds: 0 },
    { maxAge: -5_000, seconds: 0 },
  ])('never outlives its token: $maxAge ms become $seconds s', ({ maxAge, seconds }) => {
    expect(cookieWith({}, maxAge)).toContain(`; Max-Age=${seconds};`);
  });
});

describe('clearCookieHeader', () => {
  it('is empty, expires at once and has the attributes of the cookie that it clears', () => {
    const changes = { secure: true, domain: 'example.com' };
    const cleared = clearCookieHeader({ ...settings, ...changes });

    const rest = 'Max-Age=0; Domain=example.com; Path=/api; HttpOnly; Secure; SameSite=Lax';
    expect(cleared).toBe(`refreshToken=; ${rest}`);
  });
});

describe('clearVariantHeaders', () => {
  const scopesOf = (changes: Partial<CookieSettings>): string[] =>
    clearVariantHeaders({ ...settings, ...changes }).map((header) =>
      header
        .split('; ')
        .filter((attribute) => /^(refreshToken|Max-Age|Domain|Path|Partitioned)/.test(attribute))
        .join(' '),
    );

  it('clears the cookies of other paths', () => {
    expect(scopesOf({})).toEqual(['refreshToken= Max-Age=0 Path=/']);
    expect(scopesOf({ path: '/v1' })).toEqual([
      'refreshToken= Max-Age=0 Path=/',
      'refreshToken= Max-Age=0 Path=/api',
    ]);
  });

  it('also clears host-only cookies when a domain is configured', () => {
    expect(scopesOf({ domain: 'example.com' })).toEqual([
      'refreshToken= Max-Age=0 Domain=example.com Path=/',
      'refreshToken= Max-Age=0 Path=/',
      'refreshToken= Max-Age=0 Path=/api',
    ]);
  });

  it('also clears cookies without Partitioned when it is configured', () => {
    expect(scopesOf({ partitioned: true, secure: true })).toEqual([
      'refreshToken= Max-Age=0 Path=/ Partitioned',
      'refreshToken= Max-Age=0 Path=/',
      'refreshToken= Max-Age=0 Path=/api',
    ]);
  });

  it('clears nothing for a name that begins with __Host-', () => {
    expect(
      clearVariantHeaders({ ...settings, name: '__Host-token', secure: true, path: '/' }),
    ).toEqual([]);
  });
});

it.each([
  { header: '', values: [] },
  { header: 'refreshToken=', values: [] },
  { header: 'refreshToken', values: [] },
  { header: 'a=1; refreshToken=one; b=2;refreshToken=two', values: ['one', 'two'] },
  { header: 'refreshToken.sig=one; xrefreshToken=two; RefreshToken=three', values: [] },
  { header: 'refreshToken=a=b', values: ['a=b'] },
])('cookieValues reads $values from $header', ({ header, values }) => {
  expect(cookieValues(header, 'refreshToken')).toEqual(values);
});
