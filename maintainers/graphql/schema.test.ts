import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useServer } from '../../tests/helpers/suite';
import { createUser, fetchOwnAccount, login } from '../../tests/helpers/users';
import { createGraphqlProject, sendGraphql } from '../helpers/graphql-project';

describe('the GraphQL schema', () => {
  const server = useServer({}, createGraphqlProject());

  const createApiToken = async (type: 'read-only' | 'full-access') => {
    const { accessKey } = await server.strapi
      .service('admin::api-token-content-api')
      .create({ name: randomUUID(), description: '', type, lifespan: null });
    return { Authorization: `Bearer ${accessKey}` };
  };

  it('has the types of users, and nothing of sessions and tallies', async () => {
    const { body } = await sendGraphql(
      server,
      '{ __schema { types { name fields { name } inputFields { name } } } }',
    ).expect(200);

    const schema = JSON.stringify(body.data);
    expect(schema).toContain('UsersPermissionsUser');
    expect(schema).not.toMatch(
      /UsersPermissionsSession|SessionTall|revokedReason|usersPermissionsSession/i,
    );
  });

  it('lets an API token read and change users, but no sessions', async () => {
    const user = await createUser(server);
    const session = await login(server, user);
    const readOnly = await createApiToken('read-only');
    const fullAccess = await createApiToken('full-access');

    const { body } = await sendGraphql(
      server,
      '{ usersPermissionsUsers { documentId } }',
      {},
      readOnly,
    );
    expect(body.data.usersPermissionsUsers).toContainEqual({ documentId: user.documentId });
    await sendGraphql(server, '{ usersPermissionsSessions { ipAddress } }', {}, readOnly).expect(
      400,
    );
    await sendGraphql(
      server,
      'mutation { updateUsersPermissionsSession(documentId: "x", data: { revokedAt: null }) { documentId } }',
      {},
      fullAccess,
    ).expect(400);
    await fetchOwnAccount(server, session).expect(200);
  });
});
