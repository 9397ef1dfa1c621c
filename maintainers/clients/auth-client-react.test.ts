import { createElement as h } from 'react';
import { renderToString } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { createAuthClient } from '../../client/src/index';
import { AuthProvider, Protected, useAuth } from '../../client/src/react';
import { settle, useFakeBrowser } from './fake-browser';

const browser = useFakeBrowser();

const Name = () => {
  const { status, user } = useAuth();
  return h('p', null, status === 'in' ? user.username : status);
};
const page = h(Protected, { children: h(Name), loading: 'wait', fallback: 'log in' });
const render = (client: ReturnType<typeof createAuthClient>) =>
  renderToString(h(AuthProvider, { client, children: page }));

describe('A page of React that is rendered on a server', () => {
  it('is that of nobody, whoever else is logged in in this process, and sends nothing', async () => {
    const { auth } = await browser.openLoggedInTab();
    const before = browser.api.requests.length;

    expect(render(auth)).toBe('wait');
    expect(render(createAuthClient())).toBe('wait');

    expect(browser.api.requests).toHaveLength(before);
  });

  it('needs a provider', () => {
    expect(() => renderToString(page)).toThrow('AuthProvider');
  });
});

describe('The state of a client', () => {
  it('is one object until it changes, as `useSyncExternalStore` needs it', async () => {
    const { auth } = browser.openTab();
    expect(auth.state).toBe(auth.state);

    await settle(auth.refresh());

    expect(auth.state).toBe(auth.state);
  });
});
