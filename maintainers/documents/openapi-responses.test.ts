import type { Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startFakeOAuthProvider,
  type FakeOAuthProvider,
} from '../../tests/helpers/fake-oauth-provider';
import {
  loginScenarios,
  passwordScenarios,
  providerScenarios,
  registerScenarios,
} from '../helpers/openapi/account-scenarios';
import { createClient } from '../helpers/openapi/client';
import { document, expectDocumented, operationOf, messagesOf } from '../helpers/openapi/document';
import { tooManyScenarios, unreadableScenarios } from '../helpers/openapi/refused-scenarios';
import { administrationScenarios, resourceScenarios } from '../helpers/openapi/resource-scenarios';
import {
  logoutScenarios,
  refreshScenarios,
  sessionScenarios,
} from '../helpers/openapi/token-scenarios';
import { ecKeys, rsaKeys } from '../../tests/helpers/keys';
import { useServer } from '../../tests/helpers/suite';

const LIMIT = 15;

// With IS_PROXIED, so that `X-Forwarded-For` gives each request its own address.
const server = useServer({
  ACCESS_TOKEN_PRIVATE_KEY: ecKeys().privatePem,
  ACCESS_TOKEN_PUBLIC_KEYS: rsaKeys().publicPem,
  IS_PROXIED: 'true',
  AUTH_RATE_LIMIT_MAX: String(LIMIT),
  REFRESH_RATE_LIMIT_MAX: String(LIMIT),
});

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
);

describe('docs/openapi.json, compared with the responses of a server', () => {
  let provider: FakeOAuthProvider;
  let responses: readonly Response[];

  beforeAll(async () => {
    provider = await startFakeOAuthProvider(server);
    server.strapi.plugin('email').service('email').send = async () => undefined;
    const client = createClient(server);
    const scenarios = [
      ...loginScenarios(client),
      ...registerScenarios(client),
      ...providerScenarios(client, provider),
      ...passwordScenarios(client),
      ...refreshScenarios(client, '/token/refresh', LIMIT),
      ...refreshScenarios(client, '/auth/refresh', LIMIT),
      ...logoutScenarios(client, LIMIT),
      ...sessionScenarios(client),
      async () => client.get('/.well-known/jwks.json'),
      ...resourceScenarios(client),
      ...administrationScenarios(client),
      ...unreadableScenarios(client),
      ...tooManyScenarios(client, LIMIT),
    ];
    const received: Response[] = [];
    for (const scenario of scenarios) received.push(await scenario());
    responses = received;
  });
  afterAll(() => provider.stop());

  it.each(operations)(
    'describes each response of $name, and no message that never occurs',
    ({ name, operation }) => {
      const received = responses.filter((response) => operationOf(response) === name);
      received.forEach(expectDocumented);

      for (const [status, { description }] of Object.entries(operation.responses)) {
        if (status === '500') continue;
        const withStatus = received.filter((response) => String(response.status) === status);
        const messages = withStatus.map(({ body }) => body.error?.message);
        expect(messages, status).toEqual(expect.arrayContaining(messagesOf(description)));
        if (Number(status) < 400) expect(withStatus, status).not.toEqual([]);
      }
    },
  );
});
