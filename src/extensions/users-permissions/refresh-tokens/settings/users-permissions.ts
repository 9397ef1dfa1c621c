import pick from 'lodash/pick';
import { variableNames } from './settings';

/**
 * Returns the entry `users-permissions` of `config/plugins.ts`. It passes the variables on as text. The
 * extension checks them when the server boots, so that `strapi build` needs no secrets.
 *
 * @param config your own settings of the plugin, such as `register.allowedFields`
 */
export const usersPermissions = (config: object = {}) => ({
  config: {
    ...config,
    environment: pick(process.env, variableNames),
    jwtSecret: process.env.JWT_SECRET,
    // Strapi's login actions then return a JWT, which `controllers/login.ts` replaces by a token pair.
    jwtManagement: 'legacy-support',
  },
});
