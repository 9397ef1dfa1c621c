import {
  bearer,
  createUser,
  updateUserWithoutHooks,
  refreshByBody,
} from '../../../tests/helpers/users';
import type { Client, Scenario } from './client';

/** Refreshes one session as often as may be, and gives the token that is one too many. */
const usedUp = async ({ server, newDevice }: Client, limit: number): Promise<string> => {
  const { refreshToken } = await newDevice();
  for (let count = 0; count < limit; count += 1) await refreshByBody(server, refreshToken);
  return refreshToken;
};

/** Refreshing, by either of its two paths. */
export const refreshScenarios = (client: Client, path: string, limit: number): Scenario[] => {
  const { server, post, logIn, newDevice, withSettings } = client;
  /** Refreshes for somebody whose account has changed meanwhile. */
  const refreshAfter = async (changes: object) => {
    const user = await createUser(server);
    const { refreshToken } = await logIn(user);
    await updateUserWithoutHooks(server, user, { ...changes });
    return post(path, { refreshToken });
  };
  return [
    async () => post(path).set('Cookie', (await newDevice()).cookie),
    async () => post(path, { refreshToken: (await newDevice()).refreshToken }),
    async () => post(path),
    async () => post(path, { refreshToken: 1 }),
    async () => post(path, { refreshToken: 'garbage' }),
    async () => post(path, { refreshToken: 'garbage' }).set('Idempotency-Key', 'too-short'),
    async () =>
      post(path).set({ Cookie: (await newDevice()).cookie, Origin: 'https://evil.example' }),
    () => refreshAfter({ blocked: true }),
    () => withSettings({ email_confirmation: true }, () => refreshAfter({ confirmed: false })),
    async () => post(path, { refreshToken: await usedUp(client, limit) }),
  ];
};

/** Logging out. */
export const logoutScenarios = (client: Client, limit: number): Scenario[] => {
  const { post, newDevice, asNewDevice } = client;
  const logOut = (body?: object) => post('/auth/logout', body);
  return [
    async () => logOut().set('Cookie', (await newDevice()).cookie),
    async () => logOut({ refreshToken: (await newDevice()).refreshToken, scope: 'all' }),
    () => asNewDevice(() => logOut()),
    async () => logOut({ refreshToken: 'over already' }),
    async () => logOut(),
    async () => logOut({ refreshToken: ['text'] }),
    async () => logOut({ scope: 'everything' }),
    async () =>
      logOut().set({ Cookie: (await newDevice()).cookie, 'Sec-Fetch-Site': 'cross-site' }),
    async () => logOut({ refreshToken: await usedUp(client, limit) }),
  ];
};

/** Seeing and ending one's own sessions. */
export const sessionScenarios = ({ server, get, remove, logIn, asNewDevice }: Client): Scenario[] => {
  const twoDevices = async () => {
    const user = await createUser(server);
    return [await logIn(user), await logIn(user)] as const;
  };
  const strangers: Scenario[] = [
    async () => get('/auth/sessions'),
    async () => remove('/auth/sessions'),
    async () => remove('/auth/sessions/anyones'),
  ];
  const stale = async (request: ReturnType<Client['get']>) =>
    request.set('Authorization', 'Bearer stale');
  return [
    () => asNewDevice(() => get('/auth/sessions')),
    async () => {
      const [device] = await twoDevices();
      return remove('/auth/sessions').set(bearer(device));
    },
    async () => {
      const [device, other] = await twoDevices();
      const { body } = await get('/auth/sessions').set(bearer(other));
      return remove(`/auth/sessions/${body.data[0].id}`).set(bearer(device));
    },
    () => asNewDevice(() => remove('/auth/sessions/nobodys')),
    ...strangers,
    () => stale(get('/auth/sessions')),
    () => stale(remove('/auth/sessions')),
    () => stale(remove('/auth/sessions/anyones')),
  ];
};
