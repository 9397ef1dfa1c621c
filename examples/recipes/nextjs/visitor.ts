import type { Visitor } from '../web-server/strapi';

/** The browser behind a request. Next itself sets `X-Forwarded-For` where no proxy before it does. */
export const visitorOf = ({ headers }: Request): Visitor => ({
  cookie: headers.get('cookie') ?? '',
  userAgent: headers.get('user-agent') ?? '',
  address: headers.get('x-forwarded-for') ?? '',
});
