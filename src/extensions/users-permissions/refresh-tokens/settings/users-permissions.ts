import pick from 'lodash/pick';
import { variableNames } from './settings';

/**
 * The entry `users-permissions` of `config/plugins.ts`. The variables are handed on as text; the
 * extension checks them when the server boots, so that `strapi build` needs no secrets.
 *
 * @param config your own settings of the plugin, such as `register.allowedFields`
 */
export const usersPermissions = (config: object = {}) => ({
  config: {
    ...config,
    environment: pick(process.env, variableNames),
    jwtSecret: process.env.JWT_SECRET,
    // Strapi's own actions then check and answer as in every version, with a token that is
    // replaced by a pair once they have succeeded.
    jwtManagement: 'legacy-support',
  },
});
