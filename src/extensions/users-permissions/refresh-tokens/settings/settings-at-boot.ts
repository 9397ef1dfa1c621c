import createServer from '@strapi/plugin-users-permissions/strapi-server';
import { env } from '@strapi/utils';
import { pluginConfigProblems, ignoredPluginSettings, type PluginConfig } from './plugin-config';
import { readSettings, type Environment, type Settings } from './settings';

/**
 * The checked settings of this process, where Strapi runs.
 *
 * @param config the config of the plugin, with Strapi's defaults filled in
 * @throws {InvalidSettings} which stops the boot
 */
export const readSettingsAtBoot = (
  config: PluginConfig & { readonly environment?: Environment },
): Settings => {
  const defaults = createServer().config.default({ env });
  for (const warning of ignoredPluginSettings(config, defaults)) strapi.log.warn(warning);
  try {
    return readSettings(
      config.environment ?? {},
      process.env.NODE_ENV === 'production',
      strapi.config.get<string>('api.rest.prefix', '/api'),
      pluginConfigProblems(config),
    );
  } catch (error) {
    // `strapi develop` shows the stack of an error and nothing else; this one has none.
    if (strapi.config.get('autoReload')) strapi.log.error((error as Error).message);
    throw error;
  }
};
