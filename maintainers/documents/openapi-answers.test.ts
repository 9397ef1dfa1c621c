import type { Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFakeOAuthProvider, type FakeOAuthProvider } from '../../tests/helpers/fake-oauth-provider';
import {
  loginScenarios,
  passwordScenarios,
  providerScenarios,
  registerScenarios,
} from '../helpers/openapi/account-scenarios';
import { createClient } from '../helpers/openapi/client';
import { document, expectDocumented, operationOf, sentencesOf } from '../helpers/openapi/document';
import { tooManyScenarios, unreadableScenarios } from '../helpers/openapi/refused-scenarios';
import { administrationScenarios, resourceScenarios } from '../helpers/openapi/resource-scenarios';
import { logoutScenarios, refreshScenarios, sessionScenarios } from '../helpers/openapi/token-scenarios';
import { useServer } from '../../tests/helpers/suite';

const LIMIT = 15;

// Behind a proxy, so that a test can say which address a request comes from.
const server = useServer({
  IS_PROXIED: 'true',
  AUTH_RATE_LIMIT_MAX: String(LIMIT),
  REFRESH_RATE_LIMIT_MAX: String(LIMIT),
});

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
);

describe('docs/openapi.json, and what a server really answers', () => {
  let provider: FakeOAuthProvider;
  let answers: readonly Response[];

  beforeAll(async () => {
    provider = await startFakeOAuthProvider(server);
    server.strapi.plugin('email').service('email').send = async () => undefined;
    const client = createClient(server);
    const stories = [
      ...loginScenarios(client),
      ...registerScenarios(client),
      ...providerScenarios(client, provider),
      ...passwordScenarios(client),
      ...refreshScenarios(client, '/token/refresh', LIMIT),
      ...refreshScenarios(client, '/auth/refresh', LIMIT),
      ...logoutScenarios(client, LIMIT),
      ...sessionScenarios(client),
      ...resourceScenarios(client),
      ...administrationScenarios(client),
      ...unreadableScenarios(client),
      ...tooManyScenarios(client, LIMIT),
    ];
    const heard: Response[] = [];
    for (const story of stories) heard.push(await story());
    answers = heard;
  });
  afterAll(() => provider.stop());

  it.each(operations)('agree about $name', ({ name, operation }) => {
    const heard = answers.filter((answer) => operationOf(answer) === name);
    heard.forEach(expectDocumented);

    for (const [status, { description }] of Object.entries(operation.responses)) {
      if (status === '500') continue;
      const those = heard.filter((answer) => String(answer.status) === status);
      const messages = those.map(({ body }) => body.error?.message);
      expect(messages, status).toEqual(expect.arrayContaining(sentencesOf(description)));
      if (Number(status) < 400) expect(those, status).not.toEqual([]);
    }
  });
});
