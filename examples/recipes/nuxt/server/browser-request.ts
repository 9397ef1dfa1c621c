import { createError, getRequestHeader, getRequestHost, getRequestIP, type H3Event } from 'h3';
import type { BrowserRequest } from '../../web-server/strapi';

/** Reads what is forwarded to Strapi. */
export const browserRequestOf = (event: H3Event): BrowserRequest => ({
  cookie: getRequestHeader(event, 'cookie') ?? '',
  userAgent: getRequestHeader(event, 'user-agent') ?? '',
  address: getRequestHeader(event, 'x-forwarded-for') ?? getRequestIP(event) ?? '',
});

/** @throws a 403 if the form was sent by a page of another server (CSRF) */
export const requireOwnForm = (event: H3Event): void => {
  const origin = URL.parse(getRequestHeader(event, 'origin') ?? '');
  if (origin?.host !== getRequestHost(event)) throw createError({ statusCode: 403 });
};
