import { describe, expect, it, vi } from 'vitest';
import { createRenderer, createSSRApp, defineComponent, h } from 'vue';
import { renderToString } from 'vue/server-renderer';
import { createAuthClient } from '../../client/src/index';
import { authPlugin, useAuth } from '../../client/src/vue';
import { advanceTime, settle, useFakeBrowser } from './fake-browser';

const browser = useFakeBrowser();

const Name = defineComponent(() => {
  const { state } = useAuth();
  return () => h('p', state.value.status === 'in' ? state.value.user.username : state.value.status);
});
const render = (client: ReturnType<typeof createAuthClient>) =>
  renderToString(createSSRApp(Name).use(authPlugin, client));

describe('A page of Vue that is rendered on a server', () => {
  it('is that of nobody, whoever else is logged in in this process, and sends nothing', async () => {
    const { auth } = await browser.openLoggedInTab();
    const before = browser.api.requests.length;

    expect(await render(auth)).toBe('<p>loading</p>');
    expect(await render(createAuthClient())).toBe('<p>loading</p>');

    expect(browser.api.requests).toHaveLength(before);
  });

  it('needs the plugin', () => {
    expect(() => createSSRApp(Name).runWithContext(useAuth)).toThrow('authPlugin');
  });
});

describe('A page of Vue', () => {
  /** Vue without a document. */
  const { createApp } = createRenderer<object, object>({
    createElement: () => ({}),
    createText: () => ({}),
    createComment: () => ({}),
    insert: () => undefined,
    remove: () => undefined,
    setText: () => undefined,
    setElementText: () => undefined,
    patchProp: () => undefined,
    parentNode: () => null,
    nextSibling: () => null,
  });

  /** Mounts an app with two components. Returns what each has rendered. */
  const mount = (client: ReturnType<typeof createAuthClient>) => {
    const rendered: string[][] = [[], []];
    const components = rendered.map((own) =>
      defineComponent(() => {
        const { state, auth } = useAuth();
        expect(auth).toBe(client);
        return () => void own.push(state.value.user?.username ?? state.value.status);
      }),
    );
    const children = () => components.map((component) => h(component));
    const app = createApp({ render: () => h('main', children()) });
    app.use(authPlugin, client).mount({});
    return { app, rendered };
  };

  it('finds out who is logged in, and follows that in all components', async () => {
    const { auth: first } = await browser.openLoggedInTab();
    const { auth } = browser.openTab();
    const { rendered } = mount(auth);

    await advanceTime(1000);
    await settle(first.logout());
    await advanceTime(1000);

    for (const own of rendered) expect([...new Set(own)]).toEqual(['loading', 'ada', 'out']);
  });

  it('begins as a server has rendered it, although the user is known already', async () => {
    const { auth } = await browser.openLoggedInTab();
    const { rendered } = mount(auth);

    await advanceTime(10);

    expect(rendered[0]).toEqual(['loading', 'ada']);
  });

  it('no longer follows the client after it was unmounted', async () => {
    const { auth } = await browser.openLoggedInTab();
    const stop = vi.fn();
    vi.spyOn(auth, 'subscribe').mockReturnValue(stop);
    const { app } = mount(auth);
    expect(stop).not.toHaveBeenCalled();

    app.unmount();

    expect(auth.subscribe).toHaveBeenCalledOnce();
    expect(stop).toHaveBeenCalledOnce();
  });
});
