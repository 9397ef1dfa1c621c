import type { Response } from 'supertest';
import { expect } from 'vitest';
import { setCookies } from './users';

/** The body of a refusal, in Strapi's shape. */
export const refusal = (status: number, message: unknown = expect.any(String)) => ({
  data: null,
  error: { status, name: expect.any(String), message, details: expect.any(Object) },
});

/** A fault of the server's own, of which callers learn nothing. */
export const FAULT = {
  data: null,
  error: { status: 500, name: 'InternalServerError', message: 'Internal Server Error' },
};

/** A client may not use this refresh token, whatever is wrong with it. */
export const INVALID_REFRESH_TOKEN = refusal(401, 'Invalid refresh token');

/** A cookie as an answer sets it; the attributes sorted, since their order means nothing. */
export interface SetCookie {
  readonly name: string;
  readonly value: string;
  readonly attributes: readonly string[];
}

/** The cookies that an answer sets. */
export const cookiesSetBy = (response: Response): SetCookie[] =>
  setCookies(response).map((line) => {
    const [pair = '', ...attributes] = line.split('; ');
    const [name = '', ...value] = pair.split('=');
    return { name, value: value.join('='), attributes: attributes.sort() };
  });

const refreshCookieLines = (lifetime: string, value: unknown) => {
  const attributes = [...['HttpOnly', 'Path=/api', 'SameSite=Lax'], lifetime].sort();
  return [{ name: 'refreshToken', value, attributes }];
};

/** The refresh cookie, as a server with default settings sets them. */
export const freshRefreshCookie = (maxAge: number) =>
  refreshCookieLines(`Max-Age=${maxAge}`, expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/));

/** What makes a browser forget the refresh cookie. */
export const clearedRefreshCookie = refreshCookieLines('Max-Age=0', '');
