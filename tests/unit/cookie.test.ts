import { describe, expect, it } from 'vitest';
import {
  clearCookieHeader,
  clearVariantHeaders,
  cookieValues,
  setCookieHeader,
} from '../../src/extensions/users-permissions/refresh-tokens/http/cookie';
import {
  InvalidSettings,
  readSettings,
  type CookieSettings,
} from '../../src/extensions/users-permissions/refresh-tokens/settings/settings';
import { requiredVariables } from '../helpers/settings';

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl-_';
const settings: CookieSettings = {
  name: 'refreshToken',
  secure: false,
  sameSite: 'lax',
  path: '/api',
  partitioned: false,
};

const write = (changes: Partial<CookieSettings> = {}, maxAge = 60_000): string =>
  setCookieHeader({ ...settings, ...changes }, TOKEN, maxAge);

describe('the refresh cookie', () => {
  it('is HttpOnly, on the path, with what the token has left', () => {
    expect(write()).toBe(`refreshToken=${TOKEN}; Max-Age=60; Path=/api; HttpOnly; SameSite=Lax`);
  });

  it.each([
    { changes: { secure: true }, attribute: 'Secure' },
    { changes: { domain: 'example.com' }, attribute: 'Domain=example.com' },
    { changes: { path: '/' }, attribute: 'Path=/' },
    { changes: { sameSite: 'strict' }, attribute: 'SameSite=Strict' },
    { changes: { sameSite: 'none' }, attribute: 'SameSite=None' },
    { changes: { partitioned: true }, attribute: 'Partitioned' },
  ] as const)('follows its settings: $attribute', ({ changes, attribute }) => {
    expect(write(changes).split('; ')).toContain(attribute);
  });

  it('has neither Secure nor Domain nor Partitioned unless asked for', () => {
    expect(write()).not.toMatch(/Secure|Domain|Partitioned/);
  });

  it('takes the name it is given', () => {
    expect(write({ name: '__Host-token' })).toMatch(/^__Host-token=/);
  });

  it.each([
    { left: 172_800_000, seconds: 172_800 },
    { left: 1_999, seconds: 1 },
    { left: 999, seconds: 0 },
    { left: 0, seconds: 0 },
    { left: -5_000, seconds: 0 },
  ])('never outlives the token: $left ms are $seconds s', ({ left, seconds }) => {
    expect(write({}, left)).toContain(`; Max-Age=${seconds};`);
  });
});

// What the settings accept must not fail at the first login.
it.each([
  ['REFRESH_COOKIE_DOMAIN', '-a.example.com'],
  ['REFRESH_COOKIE_PATH', '/a<b'],
])('%s=%s is refused at boot, since no cookie can carry it', (name, value) => {
  expect(() => readSettings({ ...requiredVariables, [name]: value }, false)).toThrow(
    InvalidSettings,
  );
});

describe('the cleared refresh cookie', () => {
  it('is empty, ends at once, and has the attributes of the one it replaces', () => {
    const changes = { secure: true, domain: 'example.com' };
    const cleared = clearCookieHeader({ ...settings, ...changes });

    const rest = 'Max-Age=0; Domain=example.com; Path=/api; HttpOnly; Secure; SameSite=Lax';
    expect(cleared).toBe(`refreshToken=; ${rest}`);
  });
});

describe('the cookies that the server could have set with other settings', () => {
  const scopesOf = (changes: Partial<CookieSettings>): string[] =>
    clearVariantHeaders({ ...settings, ...changes }).map((line) =>
      line
        .split('; ')
        .filter((attribute) => /^(refreshToken|Max-Age|Domain|Path|Partitioned)/.test(attribute))
        .join(' '),
    );

  it('are those of the other paths', () => {
    expect(scopesOf({})).toEqual(['refreshToken= Max-Age=0 Path=/']);
    expect(scopesOf({ path: '/v1' })).toEqual([
      'refreshToken= Max-Age=0 Path=/',
      'refreshToken= Max-Age=0 Path=/api',
    ]);
  });

  it('are host-only as well where a domain is configured', () => {
    expect(scopesOf({ domain: 'example.com' })).toEqual([
      'refreshToken= Max-Age=0 Domain=example.com Path=/',
      'refreshToken= Max-Age=0 Path=/',
      'refreshToken= Max-Age=0 Path=/api',
    ]);
  });

  it('are not partitioned as well where the current one is', () => {
    expect(scopesOf({ partitioned: true, secure: true })).toEqual([
      'refreshToken= Max-Age=0 Path=/ Partitioned',
      'refreshToken= Max-Age=0 Path=/',
      'refreshToken= Max-Age=0 Path=/api',
    ]);
  });

  it('are none for a name with __Host-', () => {
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
])('of "$header" the refresh cookies are $values', ({ header, values }) => {
  expect(cookieValues(header, 'refreshToken')).toEqual(values);
});
