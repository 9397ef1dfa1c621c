import {
  bearer,
  createUser,
  updateUserWithoutHooks,
  refreshByBody,
} from '../../../tests/helpers/users';
import type { Client, Scenario } from './client';

/** Reaches the rate limit of a new session. Resolves to its refresh token. */
const rateLimitedToken = async ({ server, newLogin }: Client, limit: number): Promise<string> => {
  const { refreshToken } = await newLogin();
  for (let count = 0; count < limit; count += 1) await refreshByBody(server, refreshToken);
  return refreshToken;
};

/** Returns refreshes by one of the two paths. */
export const refreshScenarios = (client: Client, path: string, limit: number): Scenario[] => {
  const { server, post, logIn, newLogin, withSettings } = client;
  /** Changes the user after the login, and refreshes. */
  const refreshAfter = async (changes: object) => {
    const user = await createUser(server);
    const { refreshToken } = await logIn(user);
    await updateUserWithoutHooks(server, user, { ...changes });
    return post(path, { refreshToken });
  };
  return [
    async () => post(path).set('Cookie', (await newLogin()).cookie),
    async () => post(path, { refreshToken: (await newLogin()).refreshToken }),
    async () => post(path),
    async () => post(path, { refreshToken: 1 }),
    async () => post(path, { refreshToken: 'garbage' }),
    async () => post(path, { refreshToken: 'garbage' }).set('Idempotency-Key', 'too-short'),
    async () =>
      post(path).set({ Cookie: (await newLogin()).cookie, Origin: 'https://evil.example' }),
    () => refreshAfter({ blocked: true }),
    () => withSettings({ email_confirmation: true }, () => refreshAfter({ confirmed: false })),
    async () => post(path, { refreshToken: await rateLimitedToken(client, limit) }),
  ];
};

/** Returns logouts. */
export const logoutScenarios = (client: Client, limit: number): Scenario[] => {
  const { post, newLogin, withNewLogin } = client;
  const logOut = (body?: object) => post('/auth/logout', body);
  return [
    async () => logOut().set('Cookie', (await newLogin()).cookie),
    async () => logOut({ refreshToken: (await newLogin()).refreshToken, scope: 'all' }),
    () => withNewLogin(() => logOut()),
    async () => logOut({ refreshToken: 'over already' }),
    async () => logOut(),
    async () => logOut({ refreshToken: ['text'] }),
    async () => logOut({ scope: 'everything' }),
    async () => logOut().set({ Cookie: (await newLogin()).cookie, 'Sec-Fetch-Site': 'cross-site' }),
    async () => logOut({ refreshToken: await rateLimitedToken(client, limit) }),
  ];
};

/** Returns lists and revocations of the user's own sessions. */
export const sessionScenarios = ({
  server,
  get,
  remove,
  logIn,
  withNewLogin,
}: Client): Scenario[] => {
  const logInTwice = async () => {
    const user = await createUser(server);
    return [await logIn(user), await logIn(user)] as const;
  };
  const withoutToken: Scenario[] = [
    async () => get('/auth/sessions'),
    async () => remove('/auth/sessions'),
    async () => remove('/auth/sessions/anyones'),
  ];
  const withStaleToken = async (request: ReturnType<Client['get']>) =>
    request.set('Authorization', 'Bearer stale');
  return [
    () => withNewLogin(() => get('/auth/sessions')),
    async () => {
      const [tokens] = await logInTwice();
      return remove('/auth/sessions').set(bearer(tokens));
    },
    async () => {
      const [tokens, other] = await logInTwice();
      const { body } = await get('/auth/sessions').set(bearer(other));
      return remove(`/auth/sessions/${body.data[0].id}`).set(bearer(tokens));
    },
    () => withNewLogin(() => remove('/auth/sessions/nobodys')),
    ...withoutToken,
    () => withStaleToken(get('/auth/sessions')),
    () => withStaleToken(remove('/auth/sessions')),
    () => withStaleToken(remove('/auth/sessions/anyones')),
  ];
};
