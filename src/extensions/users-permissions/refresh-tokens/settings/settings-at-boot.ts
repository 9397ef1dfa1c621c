import { problemsOfConfig, withoutEffect, type PluginConfig } from './plugin-config';
import { readSettings, type Environment, type Settings } from './settings';

/**
 * The checked settings of this process, where Strapi runs.
 *
 * @throws {InvalidSettings} which stops the boot
 */
export const settingsAtBoot = (environment: Environment = {}): Settings => {
  // The plugin's own config has Strapi's defaults in it: here is what the project wrote.
  const config = strapi.config.get<PluginConfig>('plugins.users-permissions.config', {});
  for (const warning of withoutEffect(config)) strapi.log.warn(warning);
  try {
    return readSettings(
      environment,
      process.env.NODE_ENV === 'production',
      strapi.config.get<string>('api.rest.prefix', '/api'),
      problemsOfConfig(config),
    );
  } catch (error) {
    // `strapi develop` shows the stack of an error and nothing else; this one has none.
    if (strapi.config.get('autoReload')) strapi.log.error((error as Error).message);
    throw error;
  }
};
