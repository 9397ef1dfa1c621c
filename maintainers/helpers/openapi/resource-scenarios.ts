import { randomUUID } from 'node:crypto';
import { bearer, createUser, type ClientTokens } from '../../../tests/helpers/users';
import type { Client, Scenario } from './client';

/** The photos, and "who am I". */
export const resourceScenarios = ({
  get,
  post,
  put,
  remove,
  newLogin,
  withNewLogin,
}: Client): Scenario[] => {
  const createPhoto = (device: ClientTokens) =>
    post('/photos', { data: { title: 'Sunset' } }).set(bearer(device));
  /** Sends a request about a photo of one's own. */
  const aboutPhoto = async (request: (path: string) => ReturnType<Client['get']>) => {
    const device = await newLogin();
    const { body } = await createPhoto(device);
    return request(`/photos/${body.data.documentId}`).set(bearer(device));
  };
  return [
    () => withNewLogin(() => get('/users/me')),
    async () => get('/users/me'),
    async () => get('/users/me').set('Authorization', 'Bearer stale'),
    async () => get('/photos'),
    async () => createPhoto(await newLogin()),
    () => aboutPhoto(get),
    () => aboutPhoto(remove),
    () => aboutPhoto((path) => put(path, { data: { title: 'Dawn' } })),
    () => aboutPhoto(() => get('/photos')),
    () => withNewLogin(() => get('/photos/nobodys')),
    () => withNewLogin(() => post('/photos', { data: {} })),
  ];
};

const ADMINISTRATION = [
  ...['find', 'findOne', 'count', 'create', 'update', 'destroy'].map((name) => `user.${name}`),
  ...['find', 'findOne', 'createRole', 'updateRole', 'deleteRole'].map((name) => `role.${name}`),
  'permissions.getPermissions',
];

/** Somebody whom the API lets see and change accounts and roles. */
const newAdministrator = async ({ server, logIn }: Client): Promise<ClientTokens> => {
  const type = `administrator-${randomUUID()}`;
  const role = await server.strapi
    .query('plugin::users-permissions.role')
    .create({ data: { name: type, type, description: 'May everything' } });
  for (const action of ADMINISTRATION) {
    await server.strapi
      .query('plugin::users-permissions.permission')
      .create({ data: { action: `plugin::users-permissions.${action}`, role: role.id } });
  }
  return logIn(await createUser(server, { role: role.id }));
};

/** What Strapi lets be done with accounts and roles. */
export const administrationScenarios = (client: Client): Scenario[] => {
  const { server, get, post, put, remove } = client;
  const as = async (request: () => ReturnType<Client['get']>) => {
    const administrator = await newAdministrator(client);
    return request().set(bearer(administrator));
  };
  const aboutPerson = async (request: (path: string) => ReturnType<Client['get']>) => {
    const { id } = await createUser(server);
    return as(() => request(`/users/${id}`));
  };
  const newRole = () => {
    const name = `role-${randomUUID()}`;
    return { name, type: name, description: 'A role', permissions: {} };
  };
  const aboutRole = async (request: (path: string) => ReturnType<Client['get']>) => {
    const role = await server.strapi
      .query('plugin::users-permissions.role')
      .create({ data: { ...newRole(), permissions: [] } });
    return as(() => request(`/users-permissions/roles/${role.id}`));
  };
  const newUser = async () => {
    const { strapi } = server;
    const role = await strapi
      .query('plugin::users-permissions.role')
      .findOne({ where: { type: 'authenticated' } });
    const username = `newcomer-${randomUUID()}`;
    return {
      username,
      email: `${username}@example.com`,
      password: 'correct-horse',
      role: role?.id,
    };
  };
  return [
    () => as(() => get('/users')),
    () => as(() => get('/users/count')),
    async () => {
      const user = await newUser();
      return as(() => post('/users', user));
    },
    () => aboutPerson(get),
    () => aboutPerson(remove),
    () => aboutPerson((path) => put(path, { username: `renamed-${randomUUID()}` })),
    () => as(() => get('/users-permissions/permissions')),
    () => as(() => get('/users-permissions/roles')),
    () => as(() => post('/users-permissions/roles', newRole())),
    () => aboutRole(get),
    () => aboutRole(remove),
    () => aboutRole((path) => put(path, newRole())),
  ];
};
