import { randomBytes, randomUUID } from 'node:crypto';
import type { FakeOAuthProvider } from '../../../tests/helpers/fake-oauth-provider';
import { createUser, BODY_TRANSPORT } from '../../../tests/helpers/users';
import type { Client, Scenario } from './client';

const PASSWORD = 'correct-horse';
const NEW_PASSWORD = { password: 'another-horse', passwordConfirmation: 'another-horse' };

const newAccount = () => {
  const username = `user-${randomUUID()}`;
  return { username, email: `${username}@example.com`, password: PASSWORD };
};

/** Returns logins with a password. */
export const loginScenarios = ({ server, post, withSettings }: Client): Scenario[] => {
  const logIn = async (state: Record<string, unknown> = {}) => {
    const { username } = await createUser(server, state);
    return post('/auth/local', { identifier: username, password: PASSWORD });
  };
  return [
    () => logIn(),
    async () => {
      const { username } = await createUser(server);
      return post('/auth/local', { identifier: username, password: PASSWORD }).set(BODY_TRANSPORT);
    },
    async () => post('/auth/local', { identifier: 'nobody', password: PASSWORD }),
    async () => post('/auth/local', { identifier: 'nobody', password: PASSWORD, rememberMe: 1 }),
    () => logIn({ blocked: true }),
    () => withSettings({ email_confirmation: true }, () => logIn({ confirmed: false })),
  ];
};

/** Returns registrations and confirmations of an e-mail address. */
export const registerScenarios = ({ server, get, post, withSettings }: Client): Scenario[] => {
  const register = (changes: object = {}) =>
    post('/auth/local/register', { ...newAccount(), ...changes });
  const sendAgain = async (state: Record<string, unknown>) => {
    const { email } = await createUser(server, state);
    return post('/auth/send-email-confirmation', { email });
  };
  return [
    async () => register(),
    async () => register().set(BODY_TRANSPORT),
    async () => register({ rememberMe: false }),
    async () => register({ rememberMe: 1 }),
    () => withSettings({ email_confirmation: true }, async () => register()),
    () => withSettings({ allow_register: false }, async () => register()),
    async () => {
      const { email } = await createUser(server);
      return register({ email });
    },
    async () => {
      const confirmationToken = randomUUID();
      await createUser(server, { confirmed: false, confirmationToken });
      return get('/auth/email-confirmation').query({ confirmation: confirmationToken });
    },
    async () => get('/auth/email-confirmation').query({ confirmation: 'nobody' }),
    () => sendAgain({ confirmed: false }),
    () => sendAgain({ confirmed: true }),
    () => sendAgain({ confirmed: false, blocked: true }),
  ];
};

/** Returns logins through a provider. */
export const providerScenarios = (
  { server, get }: Client,
  provider: FakeOAuthProvider,
): Scenario[] => {
  const callback = async (user: { username: string; email: string }) => {
    provider.setProfile(user);
    return get(`/auth/${provider.name}/callback`).set('Cookie', await provider.authorize());
  };
  return [
    async () => get(`/connect/${provider.name}`),
    async () => get('/connect/nobody'),
    () => callback(newAccount()),
    async () => callback(await createUser(server)),
    async () => callback(await createUser(server, { provider: provider.name, blocked: true })),
    async () => get(`/auth/${provider.name}/callback`),
    async () => get('/auth/discord/callback'),
  ];
};

/** Returns changes and resets of a password. */
export const passwordScenarios = ({ server, post, withNewLogin }: Client): Scenario[] => {
  const change = (changes: object = {}) =>
    withNewLogin(() =>
      post('/auth/change-password', { currentPassword: PASSWORD, ...NEW_PASSWORD, ...changes }),
    );
  const reset = async (changes: object = {}) => {
    const code = randomBytes(64).toString('hex');
    await createUser(server, { resetPasswordToken: code });
    return post('/auth/reset-password', { code, ...NEW_PASSWORD, ...changes });
  };
  return [
    () => change(),
    () => change({ currentPassword: 'wrong-horse' }),
    () => change({ password: PASSWORD, passwordConfirmation: PASSWORD }),
    () => change({ passwordConfirmation: 'yet-another-horse' }),
    async () => post('/auth/change-password', NEW_PASSWORD),
    async () => post('/auth/change-password', NEW_PASSWORD).set('Authorization', 'Bearer stale'),
    () => reset(),
    () => reset({ code: 'wrong' }),
    () => reset({ passwordConfirmation: 'yet-another-horse' }),
    async () => {
      const { email } = await createUser(server);
      return post('/auth/forgot-password', { email });
    },
  ];
};
