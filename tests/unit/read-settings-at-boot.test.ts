import { afterEach, expect, it, vi } from 'vitest';
import { requiredVariables } from '../helpers/settings';

/** What the plugin's server says of itself; the real one loads half of Strapi. */
const DEFAULTS = { jwt: { expiresIn: '30d' }, jwtManagement: 'legacy-support' };
vi.mock('@strapi/plugin-users-permissions/strapi-server', () => ({
  default: () => ({ config: { default: () => DEFAULTS } }),
}));

const { readSettingsAtBoot } =
  await import('../../src/extensions/users-permissions/refresh-tokens/settings/settings-at-boot');

/** Boots with this config of Strapi and of the plugin; gives the settings, and what was warned of. */
const boot = (strapiConfig: Record<string, unknown>, pluginConfig: object = {}) => {
  const warnings: string[] = [];
  vi.stubGlobal('strapi', {
    config: { get: (path: string, fallback: unknown) => strapiConfig[path] ?? fallback },
    log: { warn: (message: string) => void warnings.push(message) },
  });
  const config = { ...DEFAULTS, environment: requiredVariables, ...pluginConfig };
  return { read: () => readSettingsAtBoot(config), warnings };
};

afterEach(() => vi.unstubAllGlobals());

it('the cookie goes where the project has moved the API', () => {
  expect(boot({}).read().cookie.path).toBe('/api');
  expect(boot({ 'api.rest.prefix': '/v1' }).read().cookie.path).toBe('/v1');
});

it('a setting of the plugin that has no effect is warned of, and the boot goes on', () => {
  const { read, warnings } = boot({}, { jwt: { expiresIn: '7d' } });

  read();

  expect(warnings).toEqual([expect.stringContaining('"jwt"')]);
});

it('the defaults of the plugin are not warned of', () => {
  const { read, warnings } = boot({});

  read();

  expect(warnings).toEqual([]);
});

it('another management of sessions stops the boot', () => {
  expect(boot({}, { jwtManagement: 'refresh' }).read).toThrow(/jwtManagement/);
});
