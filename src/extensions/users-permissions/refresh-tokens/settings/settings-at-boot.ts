import createServer from '@strapi/plugin-users-permissions/strapi-server';
import { env } from '@strapi/utils';
import compact from 'lodash/compact';
import { pluginConfigProblems, ignoredPluginSettings, type PluginConfig } from './plugin-config';
import { proxyWarning } from './proxy';
import { readSettings, type Environment, type Settings } from './settings';
import { strapiVersionProblems, strapiVersionWarning } from './strapi-version';
import { firstSecret } from './users-permissions';

const WITHOUT_NODE_ENV =
  'NODE_ENV is not "production". The refresh cookie is Secure and no other origin is trusted, unless REFRESH_COOKIE_SECURE and CLIENT_ORIGINS are set; Strapi\'s own session cookie is not Secure.';

/**
 * Whether this is `strapi develop`, which reloads, or a test. `strapi start` without NODE_ENV, which Strapi
 * sets to "development" then, may serve the Internet.
 */
const isDevelopment = (): boolean => {
  const { NODE_ENV: nodeEnv } = process.env;
  return nodeEnv === 'test' || (nodeEnv !== 'production' && strapi.config.get('autoReload', false));
};

/**
 * Reads and checks the settings of this process, and logs a warning for each one without effect.
 *
 * @param config the settings of users-permissions, merged with Strapi's defaults
 * @throws {InvalidSettings} which stops the boot
 */
export const readSettingsAtBoot = (
  config: PluginConfig & { readonly environment?: Environment },
): Settings => {
  const production = !isDevelopment();
  if (production && process.env.NODE_ENV === 'development') strapi.log.warn(WITHOUT_NODE_ENV);
  const defaults = {
    ...createServer().config.default({ env }),
    jwtSecret: firstSecret(config.environment?.JWT_SECRET),
  };
  const version = strapi.config.get<string>('info.strapi');
  const warnings = compact([
    strapiVersionWarning(version),
    proxyWarning(strapi.config.get('server.proxy') ?? {}),
    ...ignoredPluginSettings(config, defaults),
  ]);
  for (const warning of warnings) strapi.log.warn(warning);
  try {
    return readSettings(
      config.environment ?? {},
      production,
      strapi.config.get<string>('api.rest.prefix', '/api'),
      [...strapiVersionProblems(version), ...pluginConfigProblems(config)],
    );
  } catch (error) {
    // `strapi develop` prints only the stack of an error, and `InvalidSettings` has none.
    if (strapi.config.get('autoReload')) strapi.log.error((error as Error).message);
    throw error;
  }
};
