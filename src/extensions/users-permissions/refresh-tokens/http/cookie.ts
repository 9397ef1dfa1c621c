import { serialize } from 'cookie';
import type { CookieSettings } from '../settings/settings';

/**
 * Returns the `Set-Cookie` header of a refresh token.
 *
 * `ctx.cookies.set` is not used (docs/decisions/0006): it throws for a `Secure` cookie when the request
 * reached Node over plain HTTP, as behind a proxy that ends TLS, and it writes `Expires` instead of
 * `Max-Age` (`cookies/index.js`).
 *
 * @param maxAge time until the token expires, in milliseconds; null for a cookie that ends with the browser
 */
export const setCookieHeader = (
  settings: CookieSettings,
  token: string,
  maxAge: number | null,
): string => {
  const { name, secure, sameSite, domain, path, partitioned } = settings;
  return serialize(name, token, {
    httpOnly: true,
    secure,
    sameSite,
    path,
    partitioned,
    ...(domain === undefined ? {} : { domain }),
    ...(maxAge === null ? {} : { maxAge: Math.max(0, Math.floor(maxAge / 1000)) }),
  });
};

/** Returns the `Set-Cookie` header that deletes the refresh cookie. */
export const clearCookieHeader = (settings: CookieSettings): string =>
  setCookieHeader(settings, '', 0);

/**
 * Returns the `Set-Cookie` headers that delete the cookies of this name that the server may have set
 * with other settings: host-only or for the configured domain, with another path, or unpartitioned.
 * To a browser each is a separate cookie (RFC 6265, section 5.3, step 11).
 */
export const clearVariantHeaders = (settings: CookieSettings): string[] => {
  // Browsers accept this prefix only with `Path=/` and without `Domain`: there are no variants.
  if (settings.name.startsWith('__Host-')) return [];
  const current = clearCookieHeader(settings);
  const variants = [...new Set([settings.partitioned, false])].flatMap((partitioned) =>
    [...new Set([settings.domain, undefined])].flatMap((domain) =>
      ['/', '/api', settings.path].map((path) =>
        clearCookieHeader({ ...settings, partitioned, domain, path }),
      ),
    ),
  );
  return [...new Set(variants)].filter((variant) => variant !== current);
};

/** Returns the values of all cookies of this name in a `Cookie` header, in its order, without empty ones. */
export const cookieValues = (header: string, name: string): string[] =>
  header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
    .filter((value) => value !== '');
