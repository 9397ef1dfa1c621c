import type { RequestEvent } from '@sveltejs/kit';
import type { Visitor } from '../../../web-server/strapi';

/** The browser behind a request. */
export const visitorOf = ({ request, getClientAddress }: RequestEvent): Visitor => ({
  cookie: request.headers.get('cookie') ?? '',
  userAgent: request.headers.get('user-agent') ?? '',
  address: getClientAddress(),
});
