import { readSettings, type Environment, type Settings } from './settings';

/**
 * The checked settings of this process, where Strapi runs.
 *
 * @throws {InvalidSettings} which stops the boot
 */
export const settingsAtBoot = (environment: Environment = {}): Settings => {
  try {
    return readSettings(environment, process.env.NODE_ENV === 'production');
  } catch (error) {
    // `strapi develop` shows the stack of an error and nothing else; this one has none.
    if (strapi.config.get('autoReload')) strapi.log.error((error as Error).message);
    throw error;
  }
};
