import { createHash } from 'node:crypto';
import { buildSessionMetadata } from '@strapi/utils';
import type { Client } from '../services/sessions';
import type { StrapiKoaContext } from '../shapes';
import { canonicalAddress } from './address';
import { refusal } from './refusals';
import { idempotencyKey } from './schemas';

/** The length of the column; a longer user agent is cut. */
const MAXIMUM_USER_AGENT_LENGTH = 255;

/**
 * Returns the caller's canonical address, or null when it is unknown. With `IS_PROXIED` Koa takes it from
 * a header (`settings/proxy.ts`). When the text there is not an address, the one of the connection counts.
 */
export const ipAddressOf = (ctx: StrapiKoaContext): string | null =>
  canonicalAddress(ctx.request.ip) ?? canonicalAddress(ctx.req.socket.remoteAddress ?? '');

/**
 * Returns the address of the client behind a web server that renders its pages, or null when the request
 * does not say it: behind a proxy, a request without the proxy's header is that web server's own.
 */
export const clientAddressOf = (ctx: StrapiKoaContext): string | null =>
  ctx.app.proxy && ctx.ips.length === 0 ? null : ipAddressOf(ctx);

/** Returns the address and the user agent of a request. */
export const callerOf = (ctx: StrapiKoaContext): Pick<Client, 'ipAddress' | 'userAgent'> => ({
  ipAddress: ipAddressOf(ctx),
  userAgent: ctx.get('user-agent').slice(0, MAXIMUM_USER_AGENT_LENGTH) || null,
});

/** Returns the name of the device with a user agent, which lists of sessions show. */
export const deviceNameOf = (userAgent: string | null): string | null => {
  const { deviceName } = buildSessionMetadata({ userAgent });
  return typeof deviceName === 'string' ? deviceName : null;
};

/** Returns the address, the user agent and the name of the device of a request. */
export const clientOf = (ctx: StrapiKoaContext): Client => {
  const caller = callerOf(ctx);
  return { ...caller, deviceName: deviceNameOf(caller.userAgent) };
};

/** Returns the token of an `Authorization: Bearer` header (RFC 6750, section 2.1), or undefined. */
export const bearerTokenOf = (ctx: StrapiKoaContext): string | undefined => {
  const [scheme, token, ...rest] = ctx.get('authorization').split(/\s+/);
  return scheme?.toLowerCase() === 'bearer' && token && rest.length === 0 ? token : undefined;
};

/**
 * Returns the SHA-256 of the `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header) in
 * hex, or null without the header. The key itself is never stored.
 *
 * @throws when the key is malformed
 */
export const retryKeyHashOf = (ctx: StrapiKoaContext): string | null => {
  const header = ctx.req.headers['idempotency-key'];
  if (header === undefined) return null;
  const key = idempotencyKey.safeParse(header);
  if (!key.success) throw refusal('malformed-idempotency-key');
  return createHash('sha256').update(key.data).digest('hex');
};

/** Returns a field of the parsed body, or undefined when the body is not an object or lacks it. */
export const bodyField = (ctx: StrapiKoaContext, name: string): unknown => {
  const body: unknown = ctx.request.body;
  return typeof body === 'object' && body !== null && Object.hasOwn(body, name)
    ? (body as Record<string, unknown>)[name]
    : undefined;
};
