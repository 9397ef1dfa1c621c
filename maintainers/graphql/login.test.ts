import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useServer } from '../../tests/helpers/suite';
import {
  bearer,
  cookieOf,
  createUser,
  fetchOwnAccount,
  login,
  refresh,
  setCookieHeadersOf,
  storedSessions,
} from '../../tests/helpers/users';
import { createGraphqlProject, sendGraphql } from '../helpers/graphql-project';

const CLIENT_ORIGIN = 'https://app.example.com';

const LOGIN = `mutation ($identifier: String!, $password: String!) {
  login(input: { identifier: $identifier, password: $password }) { jwt user { id } }
}`;
const REGISTER = `mutation ($input: UsersPermissionsRegisterInput!) {
  register(input: $input) { jwt user { id } }
}`;
const FORGOT_PASSWORD = 'mutation ($email: String!) { forgotPassword(email: $email) { ok } }';
const CONFIRM = `mutation ($code: String!) {
  emailConfirmation(confirmation: $code) { jwt user { id } }
}`;
const ME = '{ me { id } }';

const HALF_A_SURROGATE_PAIR = '\ud800abcdefg';

describe('a login by GraphQL', () => {
  const server = useServer({ CLIENT_ORIGINS: CLIENT_ORIGIN }, createGraphqlProject());

  it('starts a session whose refresh cookie works, and which a logout ends', async () => {
    const user = await createUser(server);

    const response = await sendGraphql(server, LOGIN, {
      identifier: user.username,
      password: user.password,
    }).expect(200);

    const accessToken = response.body.data.login.jwt;
    const cookie = cookieOf(response);
    expect(await storedSessions(server, user)).toHaveLength(1);
    await fetchOwnAccount(server, { accessToken }).expect(200);
    await sendGraphql(server, ME, {}, bearer({ accessToken })).expect(200);
    await refresh(server, { cookie }).expect(200);
    await server.request().post('/api/auth/logout').set(bearer({ accessToken })).expect(200);
    await sendGraphql(server, ME, {}, bearer({ accessToken })).expect(401);
  });

  it('is refused from another site before the password is checked', async () => {
    const user = await createUser(server);
    const { username: identifier, password } = user;
    const foreign = { Origin: 'https://evil.example' };

    for (const variables of [
      { identifier, password },
      { identifier, password: 'wrong-horse' },
    ]) {
      const response = await sendGraphql(server, LOGIN, variables, foreign);

      expect(response.body.errors[0]).toMatchObject({
        message: 'Cross-site requests may not use the refresh cookie',
        extensions: { code: 'FORBIDDEN' },
      });
      expect(setCookieHeadersOf(response)).toEqual([]);
    }
    expect(await storedSessions(server, user)).toEqual([]);
  });

  it('refuses half a surrogate pair in the variables', async () => {
    const variables = { identifier: 'ada', password: HALF_A_SURROGATE_PAIR };

    const { body } = await sendGraphql(server, LOGIN, variables).expect(400);

    expect(body.errors[0].message).toBe('The request must be well-formed UTF-8');
  });

  it.each([
    ['half a surrogate pair', String.raw`\ud800abcdefg`],
    ['half a surrogate pair in braces', String.raw`\u{d800}abcdefg`],
  ])('refuses %s in the text of the query', async (_name, password) => {
    await sendGraphql(
      server,
      `mutation { login(input: { identifier: "ada", password: "${password}" }) { jwt } }`,
    ).expect(400);
  });

  it.each([
    ['variables', LOGIN, { identifier: 'a\0b', password: 'correct-horse' }],
    [
      'the text of the query',
      String.raw`mutation { login(input: { identifier: "a\u0000b", password: "x" }) { jwt } }`,
      {},
    ],
  ])('refuses a NUL in %s', async (_name, query, variables) => {
    const { body } = await sendGraphql(server, query, variables).expect(400);

    expect(body.errors[0].message).toBe('The request must not contain NUL characters');
  });

  it('refuses variables that are nested too deeply', async () => {
    const code = JSON.parse('['.repeat(2_000) + ']'.repeat(2_000)) as unknown;

    const { body } = await sendGraphql(server, CONFIRM, { code }).expect(400);

    expect(body.errors[0].message).toBe('The request is nested too deeply');
  });

  it('refuses an e-mail address that does not fit its column', async () => {
    const email = `${'a'.repeat(250)}@example.com`;
    const input = { username: randomUUID(), email, password: 'correct-horse' };

    const { body } = await sendGraphql(server, REGISTER, { input });

    expect(body.errors[0].message).toBe('email must be at most 254 characters');
  });

  it('gives no token for the confirmation of an e-mail address', async () => {
    const code = randomUUID();
    const user = await createUser(server, { confirmed: false, confirmationToken: code });

    const { body } = await sendGraphql(server, CONFIRM, { code }).expect(200);

    expect(body.data.emailConfirmation).toEqual({ jwt: null, user: { id: String(user.id) } });
    await login(server, user);
  });

  it('cannot be posted by a form of another site', async () => {
    const user = await createUser(server);
    const query = `mutation { login(input: { identifier: "${user.username}", password: "${user.password}" }) { jwt } }`;

    for (const type of ['application/x-www-form-urlencoded', 'text/plain']) {
      const response = await server
        .request()
        .post('/graphql')
        .set({ Origin: 'https://evil.example', 'Content-Type': type })
        .send(
          type === 'text/plain' ? JSON.stringify({ query }) : `query=${encodeURIComponent(query)}`,
        );
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(setCookieHeadersOf(response)).toEqual([]);
    }
    const response = await server.request().get('/graphql').query({ query });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(await storedSessions(server, user)).toEqual([]);
  });

  it('has the CORS of the API: a client origin may send credentials, another one nothing', async () => {
    const preflight = (origin: string) =>
      server
        .request()
        .options('/graphql')
        .set({ Origin: origin, 'Access-Control-Request-Method': 'POST' });

    const trusted = await sendGraphql(server, '{ __typename }', {}, { Origin: CLIENT_ORIGIN });
    const foreign = await sendGraphql(
      server,
      '{ __typename }',
      {},
      { Origin: 'https://evil.example' },
    );

    const credentials = {
      'access-control-allow-origin': CLIENT_ORIGIN,
      'access-control-allow-credentials': 'true',
    };
    expect(trusted.headers).toMatchObject(credentials);
    expect((await preflight(CLIENT_ORIGIN)).headers).toMatchObject(credentials);
    for (const { headers } of [foreign, await preflight('https://evil.example')]) {
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
  });
});

describe('the rate limits under GraphQL', () => {
  const MAXIMUM = 3;
  const server = useServer(
    { AUTH_RATE_LIMIT_MAX: String(MAXIMUM + 1), IS_PROXIED: 'true' },
    createGraphqlProject(),
  );
  let lastAddress = 0;
  const newAddress = () => {
    lastAddress += 1;
    return { 'X-Forwarded-For': `10.7.0.${lastAddress}` };
  };
  const credentials = { identifier: 'nobody', password: 'wrong-horse' };
  const TOO_MANY = { extensions: { code: 'STRAPI_RATE_LIMIT_ERROR' } };

  it('count logins together with those of REST', async () => {
    const address = newAddress();
    const loginByRest = () =>
      server.request().post('/api/auth/local').set(address).send(credentials);
    for (let count = 0; count < MAXIMUM; count += 1) {
      const { body } = await sendGraphql(server, LOGIN, credentials, address);
      expect(body.errors[0].message).toBe('Invalid identifier or password');
    }

    await loginByRest().expect(400);
    await loginByRest().expect(429);
    const response = await sendGraphql(server, LOGIN, credentials, address);
    expect(response.body.errors[0]).toMatchObject(TOO_MANY);
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('count each mutation of one request', async () => {
    const address = newAddress();
    const mutations = Array.from(
      { length: MAXIMUM + 3 },
      (_, index) => `m${index}: forgotPassword(email: "nobody${index}@example.com") { ok }`,
    );

    const { body } = await sendGraphql(server, `mutation { ${mutations.join('\n')} }`, {}, address);

    const codes = body.errors.map(
      ({ extensions }: { extensions: { code: string } }) => extensions.code,
    );
    expect(codes.filter((code: string) => code === 'STRAPI_RATE_LIMIT_ERROR')).toHaveLength(2);
  });

  it('count login, register and forgotPassword apart', async () => {
    const address = newAddress();
    for (let count = 0; count <= MAXIMUM + 1; count += 1) {
      await sendGraphql(server, LOGIN, credentials, address);
    }

    const name = randomUUID();
    const input = { username: name, email: `${name}@example.com`, password: 'correct-horse' };
    const registered = await sendGraphql(server, REGISTER, { input }, address);
    expect(registered.body.data.register.jwt).toEqual(expect.any(String));
    const forgotten = await sendGraphql(
      server,
      FORGOT_PASSWORD,
      { email: 'nobody@example.com' },
      address,
    );
    expect(forgotten.body.data.forgotPassword).toEqual({ ok: true });
  });
});
