import { describe, expect, it } from 'vitest';
import { ignoresAuthorization } from '../../src/extensions/users-permissions/refresh-tokens/http/ignored-authorization';

const login = { method: 'POST', path: '/auth/local' };
const ofThePlugin = { info: { pluginName: 'users-permissions' } };

describe('The Authorization header', () => {
  it.each([
    ['of the plugin', { ...login, ...ofThePlugin }],
    [
      'of the plugin, with a handler of the project',
      { ...login, ...ofThePlugin, handler: () => undefined },
    ],
  ])('is ignored by a login route %s', (_name, route) => {
    expect(ignoresAuthorization(route)).toBe(true);
  });

  it.each([
    ['with another method', { ...login, ...ofThePlugin, method: 'GET' }],
    ['with another path', { ...login, ...ofThePlugin, path: '/auth/change-password' }],
    ['of the project itself, at the same path', { ...login, info: { apiName: 'login' } }],
    ['of GraphQL, without a path', { info: { type: 'content-api' } }],
    ['that Strapi does not describe', undefined],
  ])('counts on a route %s', (_name, route) => {
    expect(ignoresAuthorization(route)).toBe(false);
  });
});
