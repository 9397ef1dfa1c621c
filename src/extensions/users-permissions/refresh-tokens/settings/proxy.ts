import type { Core } from '@strapi/strapi';
import { readVariables } from './settings';

type ProxySettings = Extract<Core.Config.Server['proxy'], object>;

/**
 * Returns `proxy` of `config/server.ts`: whether Koa trusts `X-Forwarded-*`, and which address of which
 * header is the client's for all of Strapi (decision 29).
 *
 * Strapi 5 reads `proxy.koa`; `proxy: true`, as in Strapi 4, has no effect
 * (`@strapi/core/dist/services/server/index.js`). Without `maxIpsCount` Koa takes the first address of the
 * header, which any client can write (`koa/lib/request.js`). An invalid variable counts as unset here and
 * stops the boot a moment later (`settings.ts`).
 */
export const proxySettings = (): ProxySettings => {
  const { values } = readVariables(process.env);
  const { IS_PROXIED: koa = false, TRUSTED_PROXIES: maxIpsCount = 1 } = values;
  const { CLIENT_ADDRESS_HEADER: ipHeader } = values;
  return { koa, maxIpsCount, ...(ipHeader === undefined ? {} : { ipHeader }) };
};

/** Returns a warning about a `proxy` of `config/server.ts` that lets clients forge their address, or null. */
export const proxyWarning = ({ koa, maxIpsCount = 0 }: ProxySettings): string | null =>
  koa && maxIpsCount <= 0
    ? 'config/server.ts: with "proxy.koa" and without "proxy.maxIpsCount" any client can forge its address. Write "proxy: proxySettings()" (docs/moving.md).'
    : null;
