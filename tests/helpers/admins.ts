import { randomUUID } from 'node:crypto';
import type { TestServer } from './server';

type Server = Pick<TestServer, 'strapi' | 'request'>;

/** A logged-in administrator. */
export interface Admin {
  readonly id: number;
  readonly email: string;
  readonly password: string;
  /** The headers of an authenticated request to the admin API. */
  readonly headers: { readonly Authorization: string };
}

/** The permissions for the Sessions feature. */
export const SESSIONS_READ = 'plugin::users-permissions.sessions.read';
export const SESSIONS_REVOKE = 'plugin::users-permissions.sessions.revoke';

/** The permission to read API users in the Content Manager. */
export const USERS_READ = {
  action: 'plugin::content-manager.explorer.read',
  subject: 'plugin::users-permissions.user',
  properties: { fields: ['username', 'email', 'confirmed', 'blocked'] },
};

/** An action, or an action with its subject and properties. */
type Permission = string | typeof USERS_READ;

/** Creates a role of the admin panel with these permissions only, and returns its id. */
const createRole = async (
  { strapi }: Server,
  permissions: readonly Permission[],
): Promise<number> => {
  const name = `role-${randomUUID()}`;
  const role = await strapi.service('admin::role').create({ name, description: name });
  await strapi.service('admin::role').assignPermissions(
    role.id,
    permissions.map((permission) =>
      typeof permission === 'string' ? { action: permission } : permission,
    ),
  );
  return Number(role.id);
};

const superAdminRoleId = async ({ strapi }: Server): Promise<number> => {
  const role = await strapi.service('admin::role').getSuperAdmin();
  return Number(role.id);
};

/**
 * Creates an administrator and logs in through the admin API.
 *
 * @param permissions those of the role; by default the administrator is a super admin
 */
export const createAdmin = async (
  server: Server,
  permissions?: readonly Permission[],
): Promise<Admin> => {
  const role = permissions ? await createRole(server, permissions) : await superAdminRoleId(server);
  const account = { email: `${randomUUID()}@example.com`, password: 'Correct-horse-1' };
  const { id } = await server.strapi.service('admin::user').create({
    ...account,
    firstname: 'Ada',
    isActive: true,
    registrationToken: null,
    roles: [role],
  });
  const { body } = await server.request().post('/admin/login').send(account).expect(200);
  return {
    ...account,
    id: Number(id),
    headers: { Authorization: `Bearer ${body.data.token}` },
  };
};
