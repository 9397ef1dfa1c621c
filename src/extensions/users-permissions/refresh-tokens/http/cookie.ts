import { serialize } from 'cookie';
import type { CookieSettings } from '../settings/settings';

/**
 * The `Set-Cookie` header of a refresh token.
 *
 * Written here and not through `ctx.cookies.set`, which refuses a `Secure` cookie whenever Node
 * itself sees plain HTTP (TLS ended at the proxy: a 500), and which knows no `Max-Age`.
 *
 * @param maxAge what the token has left, in milliseconds
 */
export const refreshCookie = (settings: CookieSettings, token: string, maxAge: number): string => {
  const { name, secure, sameSite, domain, path, partitioned } = settings;
  return serialize(name, token, {
    httpOnly: true,
    secure,
    sameSite,
    path,
    partitioned,
    ...(domain === undefined ? {} : { domain }),
    maxAge: Math.max(0, Math.floor(maxAge / 1000)),
  });
};

/** The `Set-Cookie` header that makes a browser forget the refresh token. */
export const clearedRefreshCookie = (settings: CookieSettings): string =>
  refreshCookie(settings, '', 0);

/**
 * The `Set-Cookie` headers that make a browser forget the cookies of this name that the server could
 * have set with other settings: host-only or for the configured domain, with another path, or not
 * partitioned. A browser keeps each beside the others (RFC 6265, section 5.3, step 11).
 */
export const clearedVariants = (settings: CookieSettings): string[] => {
  // A browser takes such a cookie with `Path=/` and without `Domain` only: it has no variants.
  if (settings.name.startsWith('__Host-')) return [];
  const current = clearedRefreshCookie(settings);
  const variants = [...new Set([settings.partitioned, false])].flatMap((partitioned) =>
    [...new Set([settings.domain, undefined])].flatMap((domain) =>
      ['/', '/api', settings.path].map((path) =>
        clearedRefreshCookie({ ...settings, partitioned, domain, path }),
      ),
    ),
  );
  return [...new Set(variants)].filter((variant) => variant !== current);
};

/** The values of every cookie of this name in a `Cookie` header, in its order; empty ones count as none. */
export const cookieValues = (header: string, name: string): string[] =>
  header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
    .filter((value) => value !== '');
