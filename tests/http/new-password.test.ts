import { randomBytes } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import {
  cookiesSetBy,
  freshRefreshCookie,
  INVALID_REFRESH_TOKEN,
  refusal,
} from '../helpers/responses';
import {
  bearer,
  createUser,
  tokensFrom,
  login,
  refresh,
  storedSessions,
  fetchOwnAccount,
  updateUserWithoutHooks,
} from '../helpers/users';
import { withPluginSettings } from '../helpers/plugin-settings';
import { useServer } from '../helpers/suite';

const NEW_PASSWORD = 'another-horse';

const server = useServer();

/** Creates a user with two devices and a code to reset the password. */
const userWithTwoDevices = async () => {
  const code = randomBytes(64).toString('hex');
  const user = await createUser(server, { resetPasswordToken: code });
  const [phone, laptop] = [await login(server, user), await login(server, user)];
  return { user, phone, laptop, code };
};

type Owner = Awaited<ReturnType<typeof userWithTwoDevices>>;

const twice = (password: string) => ({ password, passwordConfirmation: password });

const changePassword = ({ laptop }: Pick<Owner, 'laptop'>, changes: object = {}) =>
  server
    .request()
    .post('/api/auth/change-password')
    .set(bearer(laptop))
    .send({ currentPassword: 'correct-horse', ...twice(NEW_PASSWORD), ...changes });

const resetPassword = ({ code }: Pick<Owner, 'code'>, changes: object = {}) =>
  server
    .request()
    .post('/api/auth/reset-password')
    .send({ code, ...twice(NEW_PASSWORD), ...changes });

describe.each([
  ['/api/auth/change-password', changePassword],
  ['/api/auth/reset-password', resetPassword],
])('POST %s', (_path, setPassword) => {
  it('starts a new session, whose tokens work', async () => {
    const owner = await userWithTwoDevices();

    const response = await setPassword(owner).expect(200);

    expect(Object.keys(response.body).sort()).toEqual(['jwt', 'status', 'user']);
    expect(response.body).toMatchObject({
      status: 'Authenticated',
      user: { id: owner.user.id },
    });
    expect(response.headers['cache-control']).toBe('no-store');
    expect(cookiesSetBy(response)).toEqual(freshRefreshCookie(172_800));
    await fetchOwnAccount(server, tokensFrom(response)).expect(200);
    await refresh(server, tokensFrom(response)).expect(200);
    await login(server, { ...owner.user, password: NEW_PASSWORD });
  });

  it('ends both tokens of every older session, and stores why', async () => {
    const owner = await userWithTwoDevices();

    await setPassword(owner).expect(200);

    for (const device of [owner.phone, owner.laptop]) {
      expect((await refresh(server, device)).body).toEqual(INVALID_REFRESH_TOKEN);
      expect((await fetchOwnAccount(server, device)).body).toEqual(refusal(401));
    }
    const sessions = await storedSessions(server, owner.user);
    expect(sessions.map(({ revokedReason }) => revokedReason)).toEqual([
      'password-changed',
      'password-changed',
      null,
    ]);
  });

  it('is refused when another request has set a password since its check', async () => {
    const owner = await userWithTwoDevices();
    const users = server.strapi.plugin('users-permissions').service('user');
    const edit = users.edit.bind(users);
    const storing = vi.spyOn(users, 'edit').mockImplementationOnce(async (...call) => {
      await setPassword(owner, twice('first-horse')).expect(200);
      return edit(...call);
    });

    const response = await setPassword(owner, twice('second-horse'));

    storing.mockRestore();
    expect(response.body).toEqual(refusal(400));
    expect(cookiesSetBy(response)).toEqual([]);
    await login(server, { ...owner.user, password: 'first-horse' });
  });

  it.each([
    ['a confirmation that differs', { passwordConfirmation: 'yet-another-horse' }],
    ['a password that is too short', twice('short')],
  ])('refuses %s, and keeps every session', async (_name, changes) => {
    const owner = await userWithTwoDevices();

    const response = await setPassword(owner, changes);

    expect(response.body).toEqual(refusal(400));
    expect(response.status).toBe(400);
    expect(cookiesSetBy(response)).toEqual([]);
    expect(await storedSessions(server, owner.user)).toHaveLength(2);
    for (const device of [owner.phone, owner.laptop]) await refresh(server, device).expect(200);
  });
});

describe('POST /api/auth/change-password', () => {
  it.each([
    ['a wrong current password', { currentPassword: 'wrong-horse' }],
    ['the current password as the new one', twice('correct-horse')],
  ])('refuses %s', async (_name, changes) => {
    const owner = await userWithTwoDevices();

    const response = await changePassword(owner, changes);

    expect(response.body).toEqual(refusal(400));
    expect(await storedSessions(server, owner.user)).toHaveLength(2);
    await refresh(server, owner.phone).expect(200);
  });

  it('admits one of two changes at once, whose tokens work', async () => {
    const owner = await userWithTwoDevices();

    const responses = await Promise.all([
      changePassword(owner, twice('first-horse')),
      changePassword(owner, twice('second-horse')),
    ]);

    const accepted = responses.find(({ status }) => status === 200);
    const refused = responses.find((response) => response !== accepted);
    // The other request may also arrive after its session was revoked.
    expect([400, 401]).toContain(refused?.status);
    await fetchOwnAccount(server, { accessToken: accepted?.body.jwt }).expect(200);
    expect(await storedSessions(server, owner.user)).toHaveLength(3);
  });

  it('refuses a user without a password, and says how to set one', async () => {
    const { user, laptop } = await userWithTwoDevices();
    await updateUserWithoutHooks(server, user, { password: null });

    const response = await changePassword({ laptop });

    expect(response.body).toEqual(
      refusal(400, 'This account has no password yet: set one with "forgot password"'),
    );
  });

  it('refuses a caller who is not logged in', async () => {
    const response = await server
      .request()
      .post('/api/auth/change-password')
      .send({ currentPassword: 'correct-horse', ...twice(NEW_PASSWORD) });

    expect(response.body).toEqual(refusal(403));
    expect(cookiesSetBy(response)).toEqual([]);
  });
});

describe('POST /api/auth/reset-password', () => {
  it('accepts the code of forgot-password, which ends no session itself', async () => {
    const { user, phone } = await userWithTwoDevices();
    const mails: string[] = [];
    server.strapi.plugin('email').service('email').send = async ({ text }: { text: string }) => {
      mails.push(text);
    };

    const response = await server
      .request()
      .post('/api/auth/forgot-password')
      .send({ email: user.email })
      .expect(200);

    expect(response.body).toEqual({ ok: true });
    await fetchOwnAccount(server, phone).expect(200);
    const code = /code=([0-9a-f]+)/.exec(mails[0] ?? '')?.[1] ?? '';
    await resetPassword({ code }).expect(200);
  });

  it('ends the older sessions also when the new password is the old one', async () => {
    const owner = await userWithTwoDevices();

    await resetPassword(owner, twice('correct-horse')).expect(200);

    expect((await refresh(server, owner.phone)).body).toEqual(INVALID_REFRESH_TOKEN);
    expect((await fetchOwnAccount(server, owner.laptop)).body).toEqual(refusal(401));
  });

  it('refuses a wrong code, and keeps every session', async () => {
    const { user, phone } = await userWithTwoDevices();

    const response = await resetPassword({ code: 'a-guess' });

    expect(response.body).toEqual(refusal(400));
    expect(await storedSessions(server, user)).toHaveLength(2);
    await refresh(server, phone).expect(200);
  });

  it('refuses a code that has been used', async () => {
    const owner = await userWithTwoDevices();
    const { body } = await resetPassword(owner).expect(200);

    const response = await resetPassword(owner);

    expect(response.body).toEqual(refusal(400, 'Incorrect code provided'));
    await fetchOwnAccount(server, { accessToken: body.jwt }).expect(200);
  });

  it('admits one of three resets at once with one code', async () => {
    const owner = await userWithTwoDevices();

    const responses = await Promise.all([
      resetPassword(owner),
      resetPassword(owner),
      resetPassword(owner),
    ]);

    expect(responses.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
    for (const { status, body } of responses) {
      if (status === 200) await fetchOwnAccount(server, { accessToken: body.jwt }).expect(200);
      else expect(body).toEqual(refusal(400, 'Incorrect code provided'));
    }
  });

  it.each([
    ['password', { password: 'yet-another-horse' }],
    ['e-mail address', { email: `${randomBytes(8).toString('hex')}@example.com` }],
  ])('refuses a code from before a change of the %s', async (_name, data) => {
    const owner = await userWithTwoDevices();
    const { documentId } = owner.user;
    await server.strapi.documents('plugin::users-permissions.user').update({ documentId, data });

    const response = await resetPassword(owner);

    expect(response.body).toEqual(refusal(400, 'Incorrect code provided'));
  });

  it('accepts a code after a change of anything else', async () => {
    const owner = await userWithTwoDevices();
    const { documentId, email } = owner.user;
    const data = { email, username: randomBytes(8).toString('hex') };
    await server.strapi.documents('plugin::users-permissions.user').update({ documentId, data });

    await resetPassword(owner).expect(200);
  });

  it.each([
    ['a blocked user', { blocked: true }],
    ['an unconfirmed user where confirmation is required', { confirmed: false }],
  ])('refuses %s, and keeps the password and the code', async (_name, state) => {
    const code = randomBytes(64).toString('hex');
    const user = await createUser(server, { resetPasswordToken: code, ...state });

    await withPluginSettings(server, 'advanced', { email_confirmation: true }, async () => {
      const response = await resetPassword({ code });

      expect(response.status).toBe(400);
      expect(cookiesSetBy(response)).toEqual([]);
      expect(await storedSessions(server, user)).toEqual([]);
    });
    await updateUserWithoutHooks(server, user, { blocked: false, confirmed: true });
    await login(server, user);
    await resetPassword({ code }).expect(200);
  });
});
