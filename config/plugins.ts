import type { Core } from '@strapi/strapi';
import pick from 'lodash/pick';
import { variableNames } from '../src/extensions/users-permissions/core/settings';

/**
 * The only place that reads the variables of the refresh token feature. They are handed on as text;
 * the extension checks them when the server boots, so that `strapi build` needs no secrets.
 */
const plugins = ({ env }: Core.Config.Shared.ConfigParams): Core.Config.Plugin => {
  return {
    'users-permissions': {
      config: {
        environment: pick(process.env, variableNames),
        jwtSecret: env('JWT_SECRET'),
        // Strapi's own actions then check and answer as in every version, with a token that is
        // replaced by a pair once they have succeeded.
        jwtManagement: 'legacy-support',
      },
    },
  };
};

export default plugins;
