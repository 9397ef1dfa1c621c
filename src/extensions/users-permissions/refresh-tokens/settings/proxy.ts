import type { Core } from '@strapi/strapi';
import { environmentValues } from './environment-values';

type ProxySettings = Extract<Core.Config.Server['proxy'], object>;

/**
 * Returns `proxy` of `config/server.ts`: whether Koa trusts `X-Forwarded-*`, and which address of which
 * header is the client's for all of Strapi (docs/decisions/0030).
 *
 * Strapi 5 reads `proxy.koa`; `proxy: true`, as in Strapi 4, has no effect
 * (`@strapi/core/dist/services/server/index.js`). Without `maxIpsCount` Koa takes the first address of the
 * header, which any client can write (`koa/lib/request.js`). An invalid variable has its default here and
 * stops the boot a moment later.
 */
export const proxySettings = (): ProxySettings => {
  const {
    IS_PROXIED: koa,
    TRUSTED_PROXIES: maxIpsCount,
    CLIENT_ADDRESS_HEADER: ipHeader,
  } = environmentValues();
  return { koa, maxIpsCount, ...(ipHeader === undefined ? {} : { ipHeader }) };
};

/** Returns a warning about a `proxy` of `config/server.ts` that lets clients forge their address, or null. */
export const proxyWarning = ({ koa, maxIpsCount = 0 }: ProxySettings): string | null =>
  koa && maxIpsCount <= 0
    ? 'config/server.ts: with "proxy.koa" and without "proxy.maxIpsCount" any client can forge its address. Write "proxy: proxySettings()" (docs/moving.md).'
    : null;
