import type { RequestEvent } from '@sveltejs/kit';
import type { BrowserRequest } from '../../../web-server/strapi';

/** Reads what is forwarded to Strapi. */
export const browserRequestOf = ({ request, getClientAddress }: RequestEvent): BrowserRequest => ({
  cookie: request.headers.get('cookie') ?? '',
  userAgent: request.headers.get('user-agent') ?? '',
  address: getClientAddress(),
});
