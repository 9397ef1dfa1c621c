import createServer from '@strapi/plugin-users-permissions/strapi-server';
import { env } from '@strapi/utils';
import { pluginConfigProblems, ignoredPluginSettings, type PluginConfig } from './plugin-config';
import { proxyWarning } from './proxy';
import { readSettings, type Environment, type Settings } from './settings';
import { signingSecret } from './users-permissions';
import { weakSecretWarnings } from './weak-secrets';

/**
 * Reads and checks the settings of this process, and logs a warning for each one without effect.
 *
 * @param config the settings of users-permissions, merged with Strapi's defaults
 * @throws {InvalidSettings} which stops the boot
 */
export const readSettingsAtBoot = (
  config: PluginConfig & { readonly environment?: Environment },
): Settings => {
  const defaults = {
    ...createServer().config.default({ env }),
    jwtSecret: signingSecret(config.environment?.JWT_SECRET),
  };
  const warningOfProxy = proxyWarning(strapi.config.get('server.proxy') ?? {});
  if (warningOfProxy !== null) strapi.log.warn(warningOfProxy);
  for (const warning of ignoredPluginSettings(config, defaults)) strapi.log.warn(warning);
  const { environment = {} } = config;
  try {
    const settings = readSettings(
      environment,
      process.env.NODE_ENV === 'production',
      strapi.config.get<string>('api.rest.prefix', '/api'),
      pluginConfigProblems(config),
    );
    for (const warning of weakSecretWarnings(environment)) strapi.log.warn(warning);
    return settings;
  } catch (error) {
    // `strapi develop` prints only the stack of an error, and `InvalidSettings` has none.
    if (strapi.config.get('autoReload')) strapi.log.error((error as Error).message);
    throw error;
  }
};
