import type { Core } from '@strapi/strapi';
import { usersPermissions } from '../src/extensions/users-permissions/refresh-tokens/settings/users-permissions';

/** As in a new Strapi app. HTML and SVG are not allowed: their scripts would run on this origin. */
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

const plugins = (): Core.Config.Plugin => ({
  'users-permissions': usersPermissions(),
  upload: { config: { security: { allowedTypes, deniedTypes } } },
});

export default plugins;
