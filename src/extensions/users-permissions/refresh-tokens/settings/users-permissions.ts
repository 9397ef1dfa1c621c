import pick from 'lodash/pick';
import { variableNames } from './settings';

/** Returns the first of several secrets: the one that signs. Strapi and other plugins expect one, not a list. */
export const firstSecret = (secrets: string | undefined): string | undefined =>
  secrets?.split(',')[0]?.trim();

/**
 * Returns the entry `users-permissions` of `config/plugins.ts`. It passes the variables on as text. The
 * extension checks them when the server boots, so that `strapi build` needs no secrets.
 *
 * @param config your own settings of the plugin, such as `register.allowedFields`
 */
export const usersPermissions = (config: object = {}) => ({
  config: {
    jwtSecret: firstSecret(process.env.JWT_SECRET),
    // Strapi's login actions then return a JWT, which `controllers/login.ts` replaces by a token pair.
    jwtManagement: 'legacy-support',
    // After the two above, so that the boot can name one that has no effect, or cannot work.
    ...config,
    environment: pick(process.env, variableNames),
  },
});
