import isEqual from 'lodash/isEqual';
import type { SettingsProblem } from './cross-checks';

/** The config of the users-permissions plugin. */
export type PluginConfig = Readonly<Record<string, unknown>>;

/** Strapi's own settings of the plugin that have no effect here, and what to set instead. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  jwt: 'set JWT_SECRET_EXPIRES',
  sessions: 'set JWT_SECRET_EXPIRES, REFRESH_TOKEN_EXPIRES, SESSION_EXPIRES and REFRESH_COOKIE_*',
  ratelimit: 'set AUTH_RATE_LIMIT_MAX and REFRESH_RATE_LIMIT_MAX',
  jwtSecret: 'set JWT_SECRET',
};

/**
 * Names each setting of a project that has no effect, with what to set instead.
 *
 * @param config what the project wrote in `config/plugins`, with the defaults filled in
 * @param defaults what Strapi fills in
 */
export const ignoredPluginSettings = (config: PluginConfig, defaults: PluginConfig): string[] =>
  Object.entries(WITHOUT_EFFECT)
    .filter(([name]) => !isEqual(config[name], defaults[name]))
    .map(
      ([name, instead]) =>
        `"${name}" of users-permissions in config/plugins has no effect: ${instead} instead.`,
    );

/** What in the config of the plugin cannot work. */
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
