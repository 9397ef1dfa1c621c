import type { Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLoginProvider, type LoginProvider } from '../../tests/helpers/login-provider';
import {
  loginStories,
  passwordStories,
  providerStories,
  registerStories,
} from '../helpers/openapi/account-stories';
import { createClient } from '../helpers/openapi/client';
import { document, expectDocumented, operationOf, sentencesOf } from '../helpers/openapi/document';
import { tooManyStories, unreadableStories } from '../helpers/openapi/refused-stories';
import { administrationStories, resourceStories } from '../helpers/openapi/resource-stories';
import { logoutStories, refreshStories, sessionStories } from '../helpers/openapi/token-stories';
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
  let provider: LoginProvider;
  let answers: readonly Response[];

  beforeAll(async () => {
    provider = await startLoginProvider(server);
    server.strapi.plugin('email').service('email').send = async () => undefined;
    const client = createClient(server);
    const stories = [
      ...loginStories(client),
      ...registerStories(client),
      ...providerStories(client, provider),
      ...passwordStories(client),
      ...refreshStories(client, '/token/refresh', LIMIT),
      ...refreshStories(client, '/auth/refresh', LIMIT),
      ...logoutStories(client, LIMIT),
      ...sessionStories(client),
      ...resourceStories(client),
      ...administrationStories(client),
      ...unreadableStories(client),
      ...tooManyStories(client, LIMIT),
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
