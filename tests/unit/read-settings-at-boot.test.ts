import { afterEach, describe, expect, it, vi } from 'vitest';
import { requiredVariables } from '../helpers/settings';

/** Replaces the plugin's own defaults: the real module loads half of Strapi. */
const DEFAULTS = { jwt: { expiresIn: '30d' }, jwtManagement: 'legacy-support' };
vi.mock('@strapi/plugin-users-permissions/strapi-server', () => ({
  default: () => ({ config: { default: () => DEFAULTS } }),
}));

const { readSettingsAtBoot } =
  await import('../../src/extensions/users-permissions/refresh-tokens/settings/settings-at-boot');

/** Prepares `readSettingsAtBoot` with a config of Strapi and of the plugin, and records warnings. */
const prepare = (strapiConfig: Record<string, unknown>, pluginConfig: object = {}) => {
  const warnings: string[] = [];
  vi.stubGlobal('strapi', {
    config: { get: (path: string, fallback: unknown) => strapiConfig[path] ?? fallback },
    log: { warn: (message: string) => void warnings.push(message) },
  });
  const config = { ...DEFAULTS, environment: requiredVariables, ...pluginConfig };
  return { read: () => readSettingsAtBoot(config), warnings };
};

afterEach(() => vi.unstubAllGlobals());

describe('readSettingsAtBoot', () => {
  it('sets the path of the cookie to `rest.prefix` of the project', () => {
    expect(prepare({}).read().cookie.path).toBe('/api');
    expect(prepare({ 'api.rest.prefix': '/v1' }).read().cookie.path).toBe('/v1');
  });

  it('warns of a plugin setting that has no effect', () => {
    const { read, warnings } = prepare({}, { jwt: { expiresIn: '7d' } });

    read();

    expect(warnings).toEqual([expect.stringContaining('"jwt"')]);
  });

  it('does not warn of the defaults of the plugin', () => {
    const { read, warnings } = prepare({});

    read();

    expect(warnings).toEqual([]);
  });

  it('throws when the plugin has another `jwtManagement`', () => {
    expect(prepare({}, { jwtManagement: 'refresh' }).read).toThrow(/jwtManagement/);
  });
});
