import type { Core } from '@strapi/strapi';
import { proxySettings } from '../src/extensions/users-permissions/refresh-tokens/settings/proxy';
import { unsetWhenEmpty } from '../src/extensions/users-permissions/refresh-tokens/settings/unset-when-empty';

type Env = Core.Config.Shared.ConfigParams['env'];

const DEFAULT_PORT = 1337;
const HIGHEST_PORT = 65535;

// Strapi builds URLs from both before the settings are checked. An invalid value falls back here and
// stops the boot a moment later: `settings/settings.ts` of the extension names it.
const portOf = (env: Env): number => {
  const port = env.int('PORT', DEFAULT_PORT);
  return port >= 0 && port <= HIGHEST_PORT ? port : DEFAULT_PORT;
};

const publicUrlOf = (env: Env): string => {
  const url = env('PUBLIC_URL', '');
  return URL.canParse(url) ? url : '';
};

const serverConfig = (env: Env): Core.Config.Server => ({
  host: env('HOST', '0.0.0.0'),
  port: portOf(env),
  url: publicUrlOf(env),
  proxy: proxySettings(),
  app: { keys: env.array('APP_KEYS', []) },
  webhooks: { populateRelations: env.bool('WEBHOOKS_POPULATE_RELATIONS', false) },
});

const server = ({ env }: Core.Config.Shared.ConfigParams): Core.Config.Server =>
  serverConfig(unsetWhenEmpty(env));

export default server;
