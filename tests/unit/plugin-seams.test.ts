import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';

/*
 * What the extension takes for granted of the users-permissions plugin as Strapi hands it over. When
 * one of these fails after an upgrade, the row of that name in docs/upgrading.md says what to look at.
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

/** What a factory of the plugin makes. */
const make = (factory: unknown, what: string): Record<string, unknown> => {
  expect(factory, `${what} is no factory any more`).toBeTypeOf('function');
  return (factory as (context: object) => Record<string, unknown>)({ strapi: {} });
};

const expectFunctions = (object: Record<string, unknown>, names: readonly string[]) => {
  for (const name of names) expect(object[name], name).toBeTypeOf('function');
};

describe('users-permissions has', () => {
  it('a factory of the auth controller', () => {
    const actions = make(plugin.controllers.auth, 'controllers.auth');

    expectFunctions(actions, ['callback', 'register', 'changePassword', 'resetPassword']);
  });

  it('factories of services', () => {
    expectFunctions(make(plugin.services.jwt, 'services.jwt'), ['issue', 'verify', 'getToken']);
    const user = make(plugin.services.user, 'services.user');
    expectFunctions(user, ['fetchAuthenticatedUser', 'validatePassword']);
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
