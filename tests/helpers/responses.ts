import type { Response } from 'supertest';
import { expect } from 'vitest';
import { setCookieHeadersOf } from './users';

/** Returns the body of a refusal, in Strapi's format. */
export const refusal = (status: number, message: unknown = expect.any(String)) => ({
  data: null,
  error: { status, name: expect.any(String), message, details: expect.any(Object) },
});

/** The body of a 500. It shows no cause. */
export const INTERNAL_SERVER_ERROR = {
  data: null,
  error: { status: 500, name: 'InternalServerError', message: 'Internal Server Error' },
};

/** The body for a bad refresh token, the same for every cause. */
export const INVALID_REFRESH_TOKEN = refusal(401, 'Invalid refresh token');

/** A cookie of a `Set-Cookie` header, with its attributes sorted. */
export interface SetCookie {
  readonly name: string;
  readonly value: string;
  readonly attributes: readonly string[];
}

/** Returns the cookies that a response sets. */
export const cookiesSetBy = (response: Response): SetCookie[] =>
  setCookieHeadersOf(response).map((header) => {
    const [pair = '', ...attributes] = header.split('; ');
    const [name = '', ...value] = pair.split('=');
    return { name, value: value.join('='), attributes: attributes.sort() };
  });

const refreshCookies = (lifetime: string, value: unknown) => {
  const attributes = [...['HttpOnly', 'Path=/api', 'SameSite=Lax'], lifetime].sort();
  return [{ name: 'refreshToken', value, attributes }];
};

/** Returns what `cookiesSetBy` returns for a new refresh cookie with default settings. */
export const freshRefreshCookie = (maxAge: number) =>
  refreshCookies(`Max-Age=${maxAge}`, expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/));

/** What `cookiesSetBy` returns when the refresh cookie is deleted. */
export const clearedRefreshCookie = refreshCookies('Max-Age=0', '');
