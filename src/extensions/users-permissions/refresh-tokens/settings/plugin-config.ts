import isEqual from 'lodash/isEqual';
import type { SettingsProblem } from './cross-checks';

export type PluginConfig = Readonly<Record<string, unknown>>;

/** Settings of Strapi's plugin that have no effect here, and what to set instead. */
export const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  jwt: 'set JWT_SECRET_EXPIRES',
  sessions: 'set JWT_SECRET_EXPIRES, REFRESH_TOKEN_EXPIRES, SESSION_EXPIRES and REFRESH_COOKIE_*',
  ratelimit: 'set AUTH_RATE_LIMIT_MAX and REFRESH_RATE_LIMIT_MAX',
  jwtSecret: 'set JWT_SECRET',
};

/**
 * Returns a warning for each setting that has no effect, with what to set instead.
 *
 * @param config the settings of users-permissions in `config/plugins`, merged with Strapi's defaults
 * @param defaults Strapi's defaults
 */
export const ignoredPluginSettings = (config: PluginConfig, defaults: PluginConfig): string[] =>
  Object.entries(WITHOUT_EFFECT)
    .filter(([name]) => !isEqual(config[name], defaults[name]))
    .map(
      ([name, instead]) =>
        `"${name}" of users-permissions in config/plugins has no effect: ${instead} instead.`,
    );

/** Returns the problems that have to stop the boot. */
export const pluginConfigProblems = ({ jwtManagement }: PluginConfig): SettingsProblem[] =>
  jwtManagement === 'legacy-support'
    ? []
    : [
        {
          variable: 'jwtManagement',
          message:
            'of users-permissions in config/plugins must be "legacy-support": sessions are managed by this extension',
        },
      ];
