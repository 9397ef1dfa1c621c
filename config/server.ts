import type { Core } from '@strapi/strapi';

const server = ({ env }: Core.Config.Shared.ConfigParams): Core.Config.Server => ({
  host: env('HOST', '0.0.0.0'),
  // A port that is none is refused at boot by name; until then the default keeps URLs valid.
  port: env.int('PORT', 1337) || 1337,
  url: env('PUBLIC_URL', ''),
  // Strapi 5 reads `proxy.koa`; the `proxy: true` of Strapi 4 does nothing.
  proxy: { koa: env.bool('IS_PROXIED', false) },
  app: { keys: env.array('APP_KEYS', []) },
});

export default server;
