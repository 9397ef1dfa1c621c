import { randomBytes, randomUUID } from 'node:crypto';
import type { Response, Test } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLoginProvider, type LoginProvider } from '../helpers/login-provider';
import { document, expectDocumented, operationOf, sentencesOf } from '../helpers/openapi';
import {
  bearer,
  createPerson,
  editUserBehindItsBack,
  login,
  refresh,
  refreshByBody,
  WANTS_BODY,
  type LoggedIn,
  type Person,
} from '../helpers/people';
import { withPluginSettings } from '../helpers/plugin-settings';
import { useServer } from '../helpers/suite';

const LIMIT = 30;
const PASSWORD = 'correct-horse';
const NEW = { password: 'another-horse', passwordConfirmation: 'another-horse' };

// Behind a proxy, so that a test can say which address a request comes from.
const server = useServer({
  IS_PROXIED: 'true',
  AUTH_RATE_LIMIT_MAX: String(LIMIT),
  REFRESH_RATE_LIMIT_MAX: String(LIMIT),
});

let provider: LoginProvider;

let addresses = 0;
/** Every request that is not to meet a rate limit comes from an address of its own. */
const fromElsewhere = () => {
  addresses += 1;
  return { 'X-Forwarded-For': `198.18.${addresses >> 8}.${addresses & 255}` };
};

const logIn = (person: Person): Promise<LoggedIn> => login(server, person, fromElsewhere());

const get = (path: string) => server.request().get(`/api${path}`);
const remove = (path: string) => server.request().delete(`/api${path}`);
const post = (path: string, body?: object) =>
  server.request().post(`/api${path}`).set(fromElsewhere()).send(body);

const newDevice = async (): Promise<LoggedIn> => logIn(await createPerson(server));
const asNewDevice = async (request: (device: LoggedIn) => Test): Promise<Response> => {
  const device = await newDevice();
  return request(device).set(bearer(device));
};

/** Runs a request with settings of the plugin that an administrator would change. */
const withSettings = async (
  key: 'advanced' | 'grant',
  changes: object,
  request: () => Promise<Response>,
): Promise<Response> => {
  const answers: Response[] = [];
  await withPluginSettings(server, key, changes, async () => answers.push(await request()));
  return answers[0] as Response;
};

const newcomer = () => {
  const username = `newcomer-${randomUUID()}`;
  return { username, email: `${username}@example.com`, password: PASSWORD };
};

type Story = () => Promise<Response>;

const loginStories: Story[] = [
  async () => {
    const { username } = await createPerson(server);
    return post('/auth/local', { identifier: username, password: PASSWORD });
  },
  async () => {
    const { username } = await createPerson(server);
    return post('/auth/local', { identifier: username, password: PASSWORD }).set(WANTS_BODY);
  },
  async () => post('/auth/local', { identifier: 'nobody', password: PASSWORD }),
  async () => {
    const { username } = await createPerson(server, { blocked: true });
    return post('/auth/local', { identifier: username, password: PASSWORD });
  },
  async () => {
    const { username } = await createPerson(server, { confirmed: false });
    return withSettings('advanced', { email_confirmation: true }, () =>
      post('/auth/local', { identifier: username, password: PASSWORD }),
    );
  },
];

const registerStories: Story[] = [
  () => post('/auth/local/register', newcomer()),
  () => post('/auth/local/register', newcomer()).set(WANTS_BODY),
  () =>
    withSettings('advanced', { email_confirmation: true }, () =>
      post('/auth/local/register', newcomer()),
    ),
  async () =>
    post('/auth/local/register', { ...newcomer(), ...(await createPerson(server)), id: undefined }),
  () =>
    withSettings('advanced', { allow_register: false }, () =>
      post('/auth/local/register', newcomer()),
    ),
];

const callback = async (person: { username: string; email: string }) => {
  provider.identify(person);
  return get(`/auth/${provider.name}/callback`).set('Cookie', await provider.passThrough());
};

const providerStories: Story[] = [
  () => get(`/connect/${provider.name}`),
  () => get('/connect/nobody'),
  () => callback(newcomer()),
  async () => callback(await createPerson(server)),
  async () => callback(await createPerson(server, { provider: provider.name, blocked: true })),
  () => get(`/auth/${provider.name}/callback`),
  () => get('/auth/discord/callback'),
];

const reset = async (changes: object = {}) => {
  const code = randomBytes(64).toString('hex');
  await createPerson(server, { resetPasswordToken: code });
  return post('/auth/reset-password', { code, ...NEW, ...changes });
};

const change = (changes: object = {}) =>
  asNewDevice(() =>
    post('/auth/change-password', { currentPassword: PASSWORD, ...NEW, ...changes }),
  );

const passwordStories: Story[] = [
  () => change(),
  () => change({ currentPassword: 'wrong-horse' }),
  () => change({ password: PASSWORD, passwordConfirmation: PASSWORD }),
  () => change({ passwordConfirmation: 'yet-another-horse' }),
  () => post('/auth/change-password', NEW),
  () => post('/auth/change-password', NEW).set('Authorization', 'Bearer stale'),
  () => reset(),
  () => reset({ code: 'wrong' }),
  () => reset({ passwordConfirmation: 'yet-another-horse' }),
  async () => post('/auth/forgot-password', { email: (await createPerson(server)).email }),
];

const confirmationStories: Story[] = [
  async () => {
    const confirmationToken = randomUUID();
    await createPerson(server, { confirmed: false, confirmationToken });
    return get('/auth/email-confirmation').query({ confirmation: confirmationToken });
  },
  () => get('/auth/email-confirmation').query({ confirmation: 'nobody' }),
  ...[{ confirmed: false }, { confirmed: true }, { confirmed: false, blocked: true }].map(
    (state) => async () =>
      post('/auth/send-email-confirmation', { email: (await createPerson(server, state)).email }),
  ),
];

/** Both paths of the refresh answer alike. */
const refreshStories = (path: string): Story[] => [
  async () => post(path).set('Cookie', (await newDevice()).cookie),
  async () => post(path, { refreshToken: (await newDevice()).refreshToken }),
  () => post(path),
  () => post(path, { refreshToken: 1 }),
  () => post(path, { refreshToken: 'garbage' }),
  async () =>
    post(path).set({ Cookie: (await newDevice()).cookie, Origin: 'https://evil.example' }),
  async () => {
    const person = await createPerson(server);
    const { refreshToken } = await logIn(person);
    await editUserBehindItsBack(server, person, { blocked: true });
    return post(path, { refreshToken });
  },
  async () => {
    const person = await createPerson(server);
    const { refreshToken } = await logIn(person);
    await editUserBehindItsBack(server, person, { confirmed: false });
    return withSettings('advanced', { email_confirmation: true }, () =>
      post(path, { refreshToken }),
    );
  },
  async () => {
    const device = await newDevice();
    for (let count = 0; count < LIMIT; count += 1) await refresh(server, device);
    return post(path, { refreshToken: device.refreshToken });
  },
];

const logoutStories: Story[] = [
  async () => post('/auth/logout').set('Cookie', (await newDevice()).cookie),
  async () =>
    post('/auth/logout', { refreshToken: (await newDevice()).refreshToken, scope: 'all' }),
  () => asNewDevice(() => post('/auth/logout')),
  () => post('/auth/logout', { refreshToken: 'over already' }),
  () => post('/auth/logout'),
  () => post('/auth/logout', { refreshToken: ['text'] }),
  () => post('/auth/logout', { scope: 'everything' }),
  async () =>
    post('/auth/logout').set({
      Cookie: (await newDevice()).cookie,
      'Sec-Fetch-Site': 'cross-site',
    }),
  async () => {
    const device = await newDevice();
    for (let count = 0; count < LIMIT; count += 1) {
      await refreshByBody(server, device.refreshToken);
    }
    return post('/auth/logout', { refreshToken: device.refreshToken });
  },
];

const sessionStories: Story[] = [
  () => asNewDevice(() => get('/auth/sessions')),
  async () => {
    const person = await createPerson(server);
    const [device] = [await logIn(person), await logIn(person)];
    return remove('/auth/sessions').set(bearer(device));
  },
  async () => {
    const person = await createPerson(server);
    const device = await logIn(person);
    const { body } = await get('/auth/sessions').set(bearer(await logIn(person)));
    return remove(`/auth/sessions/${body.data[0].id}`).set(bearer(device));
  },
  () => asNewDevice(() => remove('/auth/sessions/nobodys')),
  ...[get, remove].map((request) => async () => request('/auth/sessions')),
  () => remove('/auth/sessions/anyones'),
  ...[get, remove].map(
    (request) => async () => request('/auth/sessions').set('Authorization', 'Bearer stale'),
  ),
  () => remove('/auth/sessions/anyones').set('Authorization', 'Bearer stale'),
];

const createPhoto = (device: LoggedIn) =>
  post('/photos', { data: { title: 'Sunset' } }).set(bearer(device));

const resourceStories: Story[] = [
  () => asNewDevice(() => get('/users/me')),
  () => get('/users/me'),
  () => get('/users/me').set('Authorization', 'Bearer stale'),
  async () => createPhoto(await newDevice()),
  () => get('/photos'),
  async () => {
    const device = await newDevice();
    await createPhoto(device);
    return get('/photos').set(bearer(device));
  },
  ...[get, remove].map((request) => async () => {
    const device = await newDevice();
    const { body } = await createPhoto(device);
    return request(`/photos/${body.data.documentId}`).set(bearer(device));
  }),
  async () => {
    const device = await newDevice();
    const { body } = await createPhoto(device);
    return server
      .request()
      .put(`/api/photos/${body.data.documentId}`)
      .send({ data: { title: 'Dawn' } })
      .set(bearer(device));
  },
  () => asNewDevice(() => get('/photos/nobodys')),
  () => asNewDevice(() => post('/photos', { data: {} })),
];

const WITH_BODY = Object.keys(document.paths).filter(
  (path) => /^\/(auth|token)\//.test(path) && document.paths[path]?.post,
);

const unreadable = (path: string): Story[] => [
  async () => post(path).type('application/json').send('{'),
  async () =>
    post(path)
      .type('application/json')
      .send(`{"a":"${'x'.repeat(2 * 1024 * 1024)}"}`),
  async () => post(path).type('multipart/form-data; boundary=edge').send('--edge--'),
];

interface LimitedRoute {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly isForLoggedIn: boolean;
}

/** Those whose limit is for an address; a refresh or logout has one for its session. */
const LIMITED = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item)
    .filter(([, { responses }]) => responses[429] && !/refresh|logout/.test(path))
    .map(([method, { security = [] }]) => ({ method, path, isForLoggedIn: security.length > 0 })),
) as LimitedRoute[];

const tooMany =
  ({ method, path, isForLoggedIn }: LimitedRoute): Story =>
  async () => {
    const headers = {
      'X-Forwarded-For': '203.0.113.1',
      ...(isForLoggedIn && bearer(await newDevice())),
    };
    const send = () =>
      server
        .request()
        [method](`/api${path.replace('{provider}', 'nobody')}`)
        .set(headers);
    for (let count = 0; count < LIMIT; count += 1) await send();
    return send();
  };

const stories: Story[] = [
  ...loginStories,
  ...registerStories,
  ...providerStories,
  ...passwordStories,
  ...confirmationStories,
  ...refreshStories('/token/refresh'),
  ...refreshStories('/auth/refresh'),
  ...logoutStories,
  ...sessionStories,
  ...resourceStories,
  ...WITH_BODY.flatMap(unreadable),
  ...LIMITED.map(tooMany),
];

/** The operations of this project; what Strapi serves to administrators only is its own. */
const shown = Object.entries(document.paths)
  .flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
  )
  .filter(({ name }) => / \/(auth|token|connect|photos|users\/me)/.test(name));

describe('real answers', () => {
  let answers: readonly Response[];

  beforeAll(async () => {
    provider = await startLoginProvider(server);
    server.strapi.plugin('email').service('email').send = async () => undefined;
    const heard: Response[] = [];
    for (const story of stories) heard.push(await story());
    answers = heard;
  });
  afterAll(() => provider.stop());

  it.each(shown)('are what the file says of $name, and all of it', ({ name, operation }) => {
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
