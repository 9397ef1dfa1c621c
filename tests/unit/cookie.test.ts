import { describe, expect, it } from 'vitest';
import {
  clearedRefreshCookie,
  refreshCookie,
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
};

const sign = (nameAndValue: string): string => `signed(${nameAndValue.length})`;

const write = (changes: Partial<CookieSettings> = {}, maxAge = 60_000): string[] =>
  refreshCookie({ ...settings, ...changes }, TOKEN, maxAge, sign);

describe('the refresh cookie', () => {
  it('is HttpOnly, on the path, with what the token has left', () => {
    const [cookie] = write();

    expect(cookie).toBe(`refreshToken=${TOKEN}; Max-Age=60; Path=/api; HttpOnly; SameSite=Lax`);
  });

  it('comes with a signature that has the same attributes', () => {
    const [cookie, signature, ...others] = write({ secure: true, domain: 'example.com' });

    const attributesOf = (line = '') => line.slice(line.indexOf(';'));
    expect(attributesOf(signature)).toBe(attributesOf(cookie));
    expect(others).toEqual([]);
  });

  it('signs its name and value together, as Koa verifies them', () => {
    const signed: string[] = [];

    const [, signature] = refreshCookie(settings, TOKEN, 1_000, (nameAndValue) => {
      signed.push(nameAndValue);
      return 'the-signature';
    });

    expect(signed).toEqual([`refreshToken=${TOKEN}`]);
    expect(signature).toMatch(/^refreshToken\.sig=the-signature;/);
  });

  it.each([
    { changes: { secure: true }, attribute: 'Secure' },
    { changes: { domain: 'example.com' }, attribute: 'Domain=example.com' },
    { changes: { path: '/' }, attribute: 'Path=/' },
    { changes: { sameSite: 'strict' }, attribute: 'SameSite=Strict' },
    { changes: { sameSite: 'none' }, attribute: 'SameSite=None' },
  ] as const)('follows its settings: $attribute', ({ changes, attribute }) => {
    for (const line of write(changes)) expect(line.split('; ')).toContain(attribute);
  });

  it('has neither Secure nor Domain unless asked for', () => {
    for (const line of write()) expect(line).not.toMatch(/Secure|Domain/);
  });

  it('takes the name it is given', () => {
    const [cookie, signature] = write({ name: '__Host-token' });

    expect(cookie).toMatch(/^__Host-token=/);
    expect(signature).toMatch(/^__Host-token\.sig=/);
  });

  it.each([
    { left: 172_800_000, seconds: 172_800 },
    { left: 1_999, seconds: 1 },
    { left: 999, seconds: 0 },
    { left: 0, seconds: 0 },
    { left: -5_000, seconds: 0 },
  ])('never outlives the token: $left ms are $seconds s', ({ left, seconds }) => {
    for (const line of write({}, left)) expect(line).toContain(`; Max-Age=${seconds};`);
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
    const cleared = clearedRefreshCookie({ ...settings, ...changes });

    const rest = 'Max-Age=0; Domain=example.com; Path=/api; HttpOnly; Secure; SameSite=Lax';
    expect(cleared).toEqual([`refreshToken=; ${rest}`, `refreshToken.sig=; ${rest}`]);
  });
});
