import { randomUUID } from 'node:crypto';
import type { TestServer } from './server';

/** What is needed of a server to act as an administrator. */
type Server = Pick<TestServer, 'strapi' | 'request'>;

/** An administrator who is logged in to the admin panel. */
export interface Admin {
  readonly id: number;
  readonly email: string;
  readonly password: string;
  /** The headers of their requests. */
  readonly headers: { readonly Authorization: string };
}

/** What lets an administrator see the sessions, and end them. */
export const SESSIONS_READ = 'plugin::users-permissions.sessions.read';
export const SESSIONS_REVOKE = 'plugin::users-permissions.sessions.revoke';

/** What lets an administrator see the accounts of API users in the Content Manager. */
export const USERS_READ = {
  action: 'plugin::content-manager.explorer.read',
  subject: 'plugin::users-permissions.user',
  properties: { fields: ['username', 'email', 'confirmed', 'blocked'] },
};

/** Something that a role may do: an action, with what it applies to where it needs to be said. */
type Permission = string | typeof USERS_READ;

/** Makes a role of the admin panel that may do this and nothing else. */
const createRole = async ({ strapi }: Server, actions: readonly Permission[]): Promise<number> => {
  const name = `role-${randomUUID()}`;
  const role = await strapi.service('admin::role').create({ name, description: name });
  await strapi.service('admin::role').assignPermissions(
    role.id,
    actions.map((action) => (typeof action === 'string' ? { action } : action)),
  );
  return Number(role.id);
};

const superAdminRole = async ({ strapi }: Server): Promise<number> => {
  const role = await strapi.service('admin::role').getSuperAdmin();
  return Number(role.id);
};

/**
 * Creates an administrator and logs them in, as the admin panel does.
 *
 * @param actions what their role may do; without it they are a super admin
 */
export const createAdmin = async (
  server: Server,
  actions?: readonly Permission[],
): Promise<Admin> => {
  const role = actions ? await createRole(server, actions) : await superAdminRole(server);
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
