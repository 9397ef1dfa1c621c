/** Whether a form was sent from a page of this server; of another site's forms nothing is done. */
export const isOwnForm = ({ headers }: Request): boolean =>
  URL.parse(headers.get('origin') ?? '')?.host === headers.get('host');

/** Sends the browser to a page of this server, with the cookies that Strapi sets. */
export const goTo = (path: string, setCookies: readonly string[] = []): Response => {
  const headers = { Location: path, 'Cache-Control': 'private, no-store' };
  const response = new Response(null, { status: 303, headers });
  for (const line of setCookies) response.headers.append('Set-Cookie', line);
  return response;
};
