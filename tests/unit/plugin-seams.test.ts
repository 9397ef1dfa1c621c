import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';

/*
 * The parts of Strapi's users-permissions plugin that the extension relies on. When a test fails after an
 * upgrade, the row of the same name in docs/upgrading.md says where to look.
 */

const require = createRequire(import.meta.url);

interface Plugin {
  controllers: Record<string, unknown>;
  services: Record<string, unknown>;
  routes: Record<string, unknown>;
  register: unknown;
  bootstrap: unknown;
}

const plugin = (require('@strapi/plugin-users-permissions/strapi-server') as () => Plugin)();

/** Calls a factory of the plugin. */
const build = (factory: unknown, name: string): Record<string, unknown> => {
  expect(factory, `${name} is not a factory`).toBeTypeOf('function');
  return (factory as (context: object) => Record<string, unknown>)({ strapi: {} });
};

const expectFunctions = (object: Record<string, unknown>, names: readonly string[]) => {
  for (const name of names) expect(object[name], name).toBeTypeOf('function');
};

describe('users-permissions has', () => {
  it('a factory of the auth controller', () => {
    const actions = build(plugin.controllers.auth, 'controllers.auth');

    expectFunctions(actions, ['callback', 'register', 'changePassword', 'resetPassword']);
  });

  it('factories of services', () => {
    expectFunctions(build(plugin.services.jwt, 'services.jwt'), ['issue', 'verify', 'getToken']);
    const user = build(plugin.services.user, 'services.user');
    expectFunctions(user, ['fetchAuthenticatedUser', 'validatePassword', 'edit', 'add']);
    // Calling it needs a running Strapi.
    expect(plugin.services['providers-registry']).toBeTypeOf('function');
  });

  it('admin routes in an array', () => {
    expect(plugin.routes.admin).toMatchObject({ type: 'admin', routes: expect.any(Array) });
  });

  it('a register and a bootstrap', () => {
    for (const step of [plugin.register, plugin.bootstrap]) expect(step).toBeTypeOf('function');
  });

  it('a strategy that it registers with `auth`', () => {
    const registered: [string, object][] = [];
    const strapi = {
      get: () => ({ register: (...call: [string, object]) => registered.push(call) }),
      sanitizers: { add: () => undefined },
      plugin: () => undefined,
    };

    (plugin.register as (context: object) => void)({ strapi });

    const strategy = { authenticate: expect.any(Function), verify: expect.any(Function) };
    expect(registered).toEqual([['content-api', expect.objectContaining(strategy)]]);
  });
});
