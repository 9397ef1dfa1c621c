import { NextResponse, type NextRequest } from 'next/server';
import { ACCESS_COOKIE, hasRefreshToken, renew } from '../web-server/strapi';
import { visitorOf } from './visitor';

/** Pages and route handlers for logged-in users. */
export const config = { matcher: ['/profile/:path*'] };

/**
 * Runs before pages and route handlers (up to Next 15: `middleware`). This is where to refresh: a server
 * component cannot set cookies, so that a rotation there would be lost to the browser.
 */
export const proxy = async (request: NextRequest): Promise<NextResponse> => {
  const visitor = visitorOf(request);
  if (request.cookies.has(ACCESS_COOKIE) || !hasRefreshToken(visitor)) return NextResponse.next();

  const outcome = await renew(visitor);
  if (outcome.kind === 'unavailable') {
    const headers = { 'Retry-After': '5' };
    return new NextResponse('Please try again in a moment.', { status: 503, headers });
  }

  // For the page of this very request …
  if (outcome.kind === 'renewed') request.cookies.set(ACCESS_COOKIE, outcome.accessToken);
  const response = NextResponse.next({ request: { headers: request.headers } });
  // … and for the browser.
  for (const line of outcome.setCookies) response.headers.append('Set-Cookie', line);
  response.headers.set('Cache-Control', 'private, no-store');
  return response;
};
