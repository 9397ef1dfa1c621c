import type { NextRequest } from 'next/server';
import { ACCESS_COOKIE, callStrapi } from '../../../../web-server/strapi';

/** For client components. They have no access token; the browser sends the cookies of this server. */
export const GET = async (request: NextRequest): Promise<Response> => {
  const accessToken = request.cookies.get(ACCESS_COOKIE)?.value;
  const { status, body } = await callStrapi('/users/me', accessToken);
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'private, no-store' };
  return new Response(body, { status, headers });
};
