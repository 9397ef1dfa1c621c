/** Whether a form was sent by a page of this server. Forms of other sites must be refused (CSRF). */
export const isOwnForm = ({ headers }: Request): boolean =>
  URL.parse(headers.get('origin') ?? '')?.host === headers.get('host');

/** Redirects the browser to a page of this server. Passes on the cookies that Strapi has set. */
export const redirectTo = (path: string, setCookies: readonly string[] = []): Response => {
  const headers = { Location: path, 'Cache-Control': 'private, no-store' };
  const response = new Response(null, { status: 303, headers });
  for (const cookie of setCookies) response.headers.append('Set-Cookie', cookie);
  return response;
};
