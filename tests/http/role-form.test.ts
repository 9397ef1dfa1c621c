import { beforeAll, describe, expect, it } from 'vitest';
import { createAdmin, type Admin } from '../helpers/admins';
import { useServer } from '../helpers/suite';

const server = useServer();
const ROLE = 'plugin::users-permissions.role';
const PATH = '/users-permissions/roles';
const OURS = ['refresh', 'logout', 'getSessions', 'revokeSession', 'revokeOtherSessions'];

type Switches = Record<string, { enabled: boolean; policy?: string }>;

let admin: Admin;

beforeAll(async () => {
  admin = await createAdmin(server);
});

const get = async (path: string) =>
  (await server.request().get(path).set(admin.headers).expect(200)).body;

const findRole = async (type: string) => {
  const role = await server.strapi.db
    .query(ROLE)
    .findOne({ where: { type }, populate: ['permissions'] });
  const actions = role?.permissions.map(({ action }: { action: string }) => action).sort();
  return { id: Number(role?.id), actions: actions as string[] };
};

const switchesIn = ({ permissions }: { permissions: Record<string, unknown> }) =>
  (permissions['plugin::users-permissions'] as { controllers: { auth: Switches } }).controllers
    .auth;

describe('The form of a role of users', () => {
  it.each(['public', 'authenticated'])(
    'of type %s has the switches of Strapi, and none that has no effect',
    async (type) => {
      const { id } = await findRole(type);

      for (const form of [
        (await get(`${PATH}/${id}`)).role,
        await get('/users-permissions/permissions'),
      ]) {
        const names = Object.keys(switchesIn(form));
        expect(names).toEqual(expect.arrayContaining(['callback', 'register', 'changePassword']));
        expect(names.filter((name) => OURS.includes(name))).toEqual([]);
      }
    },
  );

  it.each(['public', 'authenticated'])(
    'of type %s is saved as it is without a loss, and with a change changes that alone',
    async (type) => {
      const { id, actions } = await findRole(type);
      // Strapi has given the role permissions that the form does not show.
      expect(OURS.some((name) => actions.some((action) => action.endsWith(`.auth.${name}`)))).toBe(
        true,
      );
      const { role } = await get(`${PATH}/${id}`);
      const save = () =>
        server.request().put(`${PATH}/${id}`).set(admin.headers).send(role).expect(200);

      await save();
      expect((await findRole(type)).actions).toEqual(actions);

      const changed = switchesIn(role).connect ?? { enabled: false };
      const action = 'plugin::users-permissions.auth.connect';
      changed.enabled = !changed.enabled;
      await save();
      expect((await findRole(type)).actions).toEqual(
        changed.enabled
          ? [...actions, action].sort()
          : actions.filter((stored) => stored !== action),
      );
    },
  );
});
