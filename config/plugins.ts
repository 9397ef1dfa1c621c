import type { Core } from '@strapi/strapi';
import pick from 'lodash/pick';
import { variableNames } from '../src/extensions/users-permissions/core/settings';

/** What may be uploaded, as in every new Strapi app: no HTML and no SVG, whose scripts would run here. */
const allowedTypes = [
  'image/*',
  'video/*',
  'audio/*',
  'application/pdf',
  'application/msword',
  'application/vnd.openxmlformats-officedocument.*',
  'text/plain',
  'text/csv',
];

const deniedTypes = [
  'image/svg+xml',
  'application/vnd.microsoft.portable-executable',
  'application/x-msdownload',
  'application/x-msdos-program',
  'application/x-executable',
  'application/x-dosexec',
  'application/x-sh',
  'text/x-shellscript',
  'application/x-mach-binary',
];

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
    upload: { config: { security: { allowedTypes, deniedTypes } } },
  };
};

export default plugins;
