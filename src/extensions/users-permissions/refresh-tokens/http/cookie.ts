import { serialize } from 'cookie';
import type { CookieSettings } from '../settings/settings';

/** Signs a cookie the way Koa verifies it (`ctx.cookies.get(name, { signed: true })`). */
export type SignCookie = (nameAndValue: string) => string;

/**
 * The `Set-Cookie` headers of a refresh token: the cookie and its signature.
 *
 * Written here and not through `ctx.cookies.set`, which refuses a `Secure` cookie whenever Node
 * itself sees plain HTTP (TLS ended at the proxy: a 500), and which knows no `Max-Age`.
 *
 * @param maxAge what the token has left, in milliseconds
 */
export const refreshCookie = (
  settings: CookieSettings,
  token: string,
  maxAge: number,
  sign: SignCookie,
): string[] => {
  const { name, secure, sameSite, domain, path } = settings;
  const attributes = {
    httpOnly: true,
    secure,
    sameSite,
    path,
    ...(domain === undefined ? {} : { domain }),
    maxAge: Math.max(0, Math.floor(maxAge / 1000)),
  };
  return [
    serialize(name, token, attributes),
    serialize(`${name}.sig`, sign(`${name}=${token}`), attributes),
  ];
};

/** The `Set-Cookie` headers that make a browser forget the refresh token. */
export const clearedRefreshCookie = (settings: CookieSettings): string[] =>
  refreshCookie(settings, '', 0, () => '');
