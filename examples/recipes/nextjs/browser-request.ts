import type { BrowserRequest } from '../web-server/strapi';

/** Reads what is forwarded to Strapi. Next sets `X-Forwarded-For` itself if no proxy has done so. */
export const browserRequestOf = ({ headers }: Request): BrowserRequest => ({
  cookie: headers.get('cookie') ?? '',
  userAgent: headers.get('user-agent') ?? '',
  address: headers.get('x-forwarded-for') ?? '',
});
