import type { SettingsProblem } from './rules-between';

/** The config of the users-permissions plugin as a project wrote it in `config/plugins.ts`. */
export type PluginConfig = Readonly<Record<string, unknown>>;

/** Strapi's own settings of the plugin that have no effect here, and what to set instead. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  jwt: 'set JWT_SECRET_EXPIRES for the life of an access token',
  sessions: 'set JWT_SECRET_EXPIRES, REFRESH_TOKEN_EXPIRES, SESSION_EXPIRES and REFRESH_COOKIE_*',
  ratelimit: 'set AUTH_RATE_LIMIT_MAX and REFRESH_RATE_LIMIT_MAX',
  jwtSecret: 'set JWT_SECRET',
};

const isOurs = (name: string, { jwtSecret, environment }: PluginConfig): boolean =>
  name === 'jwtSecret' && jwtSecret === (environment as PluginConfig | undefined)?.JWT_SECRET;

/** Names each setting of a project's that has no effect, with what to set instead. */
export const withoutEffect = (config: PluginConfig): string[] =>
  Object.entries(WITHOUT_EFFECT)
    .filter(([name]) => config[name] !== undefined && !isOurs(name, config))
    .map(
      ([name, instead]) =>
        `"${name}" of users-permissions in config/plugins has no effect: ${instead}.`,
    );

/** What in a project's config of the plugin cannot work. */
export const problemsOfConfig = ({ jwtManagement }: PluginConfig): SettingsProblem[] =>
  jwtManagement === undefined || jwtManagement === 'legacy-support'
    ? []
    : [
        {
          variable: 'jwtManagement',
          message:
            'of users-permissions in config/plugins must be "legacy-support", as usersPermissions() sets it: sessions are managed here',
        },
      ];
