import type { Core } from '@strapi/strapi';

/** What an administrator's role has to have. Its form shows them beside those of the plugin itself. */
export const SESSIONS_READ = 'plugin::users-permissions.sessions.read';
export const SESSIONS_REVOKE = 'plugin::users-permissions.sessions.revoke';

/**
 * Makes the two known to Strapi, before it brings the permissions of the super admin up to date and
 * deletes those that it does not know.
 */
export const registerAdminPermissions = (strapi: Core.Strapi): Promise<void> => {
  const action = { section: 'plugins', pluginName: 'users-permissions', subCategory: 'sessions' };
  return strapi.service('admin::permission').actionProvider.registerMany([
    { ...action, uid: 'sessions.read', displayName: 'Read' },
    { ...action, uid: 'sessions.revoke', displayName: 'Revoke' },
  ]);
};
