import { describe, expect, it, vi } from 'vitest';
import { advanceTime, settle, useFakeBrowser } from './fake-browser';
import { errorResponse } from './fake-api';

const browser = useFakeBrowser();
const { openTab, openLoggedInTab } = browser;

const ME = '/api/users/me';
const sent = () => {
  const { method, path, body, authorization } = browser.api.requests.at(-1) ?? {};
  return { method, path, body: body && JSON.parse(body), hasToken: authorization !== null };
};
const ok = () => Response.json({ ok: true });

describe('A change of the own password', () => {
  const passwords = { currentPassword: 'correct-horse', password: 'battery-staple' };

  it('keeps this device logged in, and its other tabs', async () => {
    const { auth, events } = await openLoggedInTab();
    const other = openTab();
    await settle(other.auth.refresh());
    await advanceTime(100);

    await settle(auth.changePassword(passwords));
    await advanceTime(100);

    expect(events.at(-1)).toMatchObject({ type: 'refresh', userId: 1 });
    for (const tab of [auth, other.auth]) {
      expect((await settle(tab.fetch(ME))).status).toBe(200);
    }
    await settle(auth.refresh());
    expect(auth.state.status).toBe('in');
  });

  it('sends the new password twice, as Strapi wants it', async () => {
    const { auth } = await openLoggedInTab();

    await settle(auth.changePassword(passwords));

    expect(sent()).toEqual({
      method: 'POST',
      path: '/api/auth/change-password',
      body: { ...passwords, passwordConfirmation: 'battery-staple' },
      hasToken: true,
    });
  });

  it('refreshes before, if the access token has expired', async () => {
    const { auth } = await openLoggedInTab();
    vi.setSystemTime(Date.now() + 3_600_000);

    await settle(auth.changePassword(passwords));

    expect(auth.state.status).toBe('in');
    expect(browser.api.count('/api/token/refresh')).toBe(1);
  });

  it('rejects with the code of the server, and nobody is logged out', async () => {
    const { auth } = await openLoggedInTab();
    browser.api.script('/api/auth/change-password', () =>
      errorResponse(400, 'Wrong', {}, 'invalid-current-password'),
    );

    await expect(settle(auth.changePassword(passwords))).rejects.toMatchObject({
      ...{ name: 'AuthError', code: 'invalid-current-password', status: 400 },
    });
    expect(auth.state.status).toBe('in');
  });
});

describe('A forgotten password', () => {
  it('is replaced by the code of the e-mail, which logs in', async () => {
    const { auth } = openTab();
    browser.api.script('/api/auth/forgot-password', ok);
    await settle(auth.forgotPassword('ada@example.com'));
    expect(sent()).toMatchObject({ body: { email: 'ada@example.com' }, hasToken: false });
    const login = await openLoggedInTab();
    await settle(login.auth.logout());
    browser.api.script('/api/auth/reset-password', () =>
      Response.json({ jwt: 'e30.eyJpZCI6MSwiaWF0IjowLCJleHAiOjM2MH0.x', user: { id: 1 } }),
    );

    await settle(auth.resetPassword({ code: 'abc', password: 'battery-staple' }));

    const passwordConfirmation = 'battery-staple';
    expect(sent().body).toEqual({ code: 'abc', password: 'battery-staple', passwordConfirmation });
    expect(auth.state).toMatchObject({ status: 'in', user: { id: 1 } });
  });
});

describe('A confirmation of the e-mail address', () => {
  it('is sent again', async () => {
    browser.api.script('/api/auth/send-email-confirmation', ok);

    await settle(openTab().auth.sendConfirmation('ada@example.com'));

    expect(sent()).toMatchObject({ body: { email: 'ada@example.com' } });
  });

  it('rejects with the code of the server', async () => {
    browser.api.script('/api/auth/send-email-confirmation', () =>
      errorResponse(400, 'Invalid', {}, 'invalid-input'),
    );

    await expect(settle(openTab().auth.sendConfirmation('x'))).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });
});

describe('A registration', () => {
  it('does not log in while the e-mail address has to be confirmed', async () => {
    const { auth } = openTab();
    await settle(auth.refresh());
    browser.api.script('/api/auth/local/register', () => Response.json({ user: { id: 7 } }));
    const account = { username: 'eve', email: 'eve@example.com', password: 'correct-horse' };

    const user = await settle(auth.register<{ city: string }>({ ...account, city: 'Oslo' }));

    expect(user).toEqual({ id: 7 });
    expect(sent().body).toEqual({ ...account, city: 'Oslo' });
    expect(auth.state.status).toBe('out');
  });
});

describe('A login with a provider', () => {
  it('leaves the page for the provider', () => {
    const open = vi.fn();

    openTab().auth.loginWith('fake-provider', open);

    expect(open).toHaveBeenCalledWith('https://api.example.com/api/connect/fake-provider');
  });

  it('is completed once, even if an effect of React runs twice, and its code leaves the address', async () => {
    const replaceState = vi.fn();
    vi.stubGlobal('location', new URL('https://app.example.com/connected?access_token=abc'));
    vi.stubGlobal('history', { replaceState });
    const { auth } = openTab();

    const users = settle(
      Promise.all([auth.completeLogin('fake-provider'), auth.completeLogin('fake-provider')]),
    );

    expect(await users).toMatchObject([{ id: 1 }, { id: 1 }]);
    expect(browser.api.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET https://api.example.com/api/auth/fake-provider/callback?access_token=abc',
    ]);
    expect(auth.state.status).toBe('in');
    expect(replaceState).toHaveBeenCalledWith(null, '', '/connected');
  });
});

describe('The sessions of the user', () => {
  const PATH = '/api/auth/sessions';

  it('are listed and ended', async () => {
    const { auth } = await openLoggedInTab();
    browser.api.script(PATH, () => Response.json({ data: [{ id: 'a' }] }), ok);
    browser.api.script(`${PATH}/a`, ok);

    expect(await settle(auth.sessions.list())).toEqual([{ id: 'a' }]);
    await settle(auth.sessions.end('a'));
    expect(sent()).toMatchObject({ method: 'DELETE', path: `${PATH}/a`, hasToken: true });
    await settle(auth.sessions.endOthers());
    expect(sent()).toMatchObject({ method: 'DELETE', path: PATH, hasToken: true });
  });

  it('reject with the code of the server', async () => {
    const { auth } = await openLoggedInTab();
    browser.api.script(`${PATH}/a`, () => errorResponse(404, 'None', {}, 'unknown-session'));

    await expect(settle(auth.sessions.end('a'))).rejects.toMatchObject({ code: 'unknown-session' });
  });
});

describe('A logout everywhere', () => {
  it.each([
    [{}, 'session'],
    [{ everywhere: true }, 'all'],
  ])('sends the scope: %o', async (options, scope) => {
    const { auth } = await openLoggedInTab();

    await settle(auth.logout(options));

    expect(sent().body).toMatchObject({ scope });
  });
});

describe('The user', () => {
  it('is loaded anew after a change of the profile, with the path of the options', async () => {
    const tab = openTab({ userPath: '/users/me?populate=role' });
    await settle(tab.auth.login({ identifier: 'ada', password: 'correct-horse' }));
    browser.api.script(ME, () => Response.json({ id: 1, username: 'countess' }));

    await settle(tab.auth.reloadUser());

    expect(browser.api.requests.at(-1)?.url).toBe(
      'https://api.example.com/api/users/me?populate=role',
    );
    expect(tab.auth.state).toMatchObject({ status: 'in', user: { username: 'countess' } });
  });
});
