import { NextResponse, type NextRequest } from 'next/server';
import { ACCESS_COOKIE, needsRenewal, renew } from '../web-server/strapi';
import { browserRequestOf } from './browser-request';

/** The pages and route handlers for logged-in users. */
export const config = { matcher: ['/profile/:path*'] };

/**
 * Runs before pages and route handlers (up to Next 15: `middleware`), and refreshes if necessary. A server
 * component cannot do that: it cannot set cookies, so that the browser would not get the new token.
 */
export const proxy = async (request: NextRequest): Promise<NextResponse> => {
  const browserRequest = browserRequestOf(request);
  if (!needsRenewal(browserRequest)) return NextResponse.next();

  const outcome = await renew(browserRequest);
  if (outcome.kind === 'unavailable') {
    const headers = { 'Retry-After': '5' };
    return new NextResponse('Please try again in a moment.', { status: 503, headers });
  }

  // For the page that this request renders.
  if (outcome.kind === 'renewed') request.cookies.set(ACCESS_COOKIE, outcome.accessToken);
  const response = NextResponse.next({ request: { headers: request.headers } });
  // For the browser.
  for (const cookie of outcome.setCookies) response.headers.append('Set-Cookie', cookie);
  response.headers.set('Cache-Control', 'private, no-store');
  return response;
};
