import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { startServer } from '../helpers/server';
import {
  BODY_TRANSPORT,
  createUser,
  fetchOwnAccount,
  login,
  PASSWORD,
  refresh,
  tokensFrom,
} from '../helpers/users';

it('The tests of a file fail when the log has a secret of a request or a response', async () => {
  const server = await startServer();
  const { accessToken, refreshToken } = await login(
    server,
    await createUser(server),
    BODY_TRANSPORT,
  );
  const browser = await login(server, await createUser(server));
  const renewed = tokensFrom(await refresh(server, browser).set('Idempotency-Key', 'k'.repeat(22)));
  const [apiToken, code, confirmation] = [randomUUID(), randomUUID(), randomUUID()];
  await fetchOwnAccount(server, { accessToken: apiToken });
  await server.request().post('/api/auth/reset-password').send({ code });
  await server.request().get('/api/auth/email-confirmation').query({ confirmation });
  const logged = {
    'jwt of a response': accessToken,
    'refreshToken of a response': refreshToken,
    'cookie refreshToken': renewed.refreshToken,
    'password of a request': PASSWORD,
    'Idempotency-Key': 'k'.repeat(22),
    Authorization: apiToken,
    'code of a request': code,
    'confirmation of a query': confirmation,
    JWT_SECRET: process.env.JWT_SECRET ?? '',
  };

  for (const secret of Object.values(logged)) server.strapi.log.silly(`see ${secret}!`);
  const failure = await server.stop().catch((error: unknown) => String(error));

  for (const [kind, secret] of Object.entries(logged)) {
    expect.soft(failure, kind).toMatch(new RegExp(`${kind}.* in "silly: see`));
    expect.soft(failure, kind).not.toContain(secret.split('.').at(-1));
  }
});
