import { afterEach, describe, expect, it, vi } from 'vitest';
import { requiredVariables } from '../helpers/settings';

/** Replaces the plugin's own defaults: the real module loads half of Strapi. */
const DEFAULTS = {
  jwt: { expiresIn: '30d' },
  jwtManagement: 'legacy-support',
  jwtSecret: requiredVariables.JWT_SECRET,
};
vi.mock('@strapi/plugin-users-permissions/strapi-server', () => ({
  default: () => ({ config: { default: () => DEFAULTS } }),
}));

const { usersPermissions } =
  await import('../../src/extensions/users-permissions/refresh-tokens/settings/users-permissions');
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

afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

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

  it.each([
    ['ADMIN_JWT_SECRET', 'hunter2'],
    ['ADMIN_JWT_SECRET', 'ab'.repeat(16)],
    ['APP_KEYS', `${requiredVariables.APP_KEYS},short`],
  ])('warns of a weak %s, without its value', (name, value) => {
    const environment = { ...requiredVariables, [name]: value };
    const { read, warnings } = prepare({}, { environment });

    read();

    expect(warnings).toEqual([expect.stringContaining(`${name} is easy to guess`)]);
    expect(warnings[0]).not.toContain(value);
  });

  it('does not warn of a secret as Strapi generates them', () => {
    const environment = { ...requiredVariables, ADMIN_JWT_SECRET: 'd1w2e3r4t5y6u7i8o9p0aa==' };
    const { read, warnings } = prepare({}, { environment });

    read();

    expect(warnings).toEqual([]);
  });

  it('throws when the plugin has another `jwtManagement`', () => {
    expect(prepare({}, { jwtManagement: 'refresh' }).read).toThrow(/jwtManagement/);
  });
});

describe('usersPermissions', () => {
  const SECRETS = ['n'.repeat(32), 'o'.repeat(32)];

  const configOf = (own?: object) => {
    for (const [name, value] of Object.entries(requiredVariables)) vi.stubEnv(name, value);
    vi.stubEnv('JWT_SECRET', SECRETS.join(' , '));
    return usersPermissions(own).config;
  };

  it('passes the secret that signs on to Strapi, not the list, without a warning', () => {
    const config = configOf();
    const { read, warnings } = prepare({}, config);

    expect(config.jwtSecret).toBe(SECRETS[0]);
    expect(read().accessSecrets).toEqual(SECRETS);
    expect(warnings).toEqual([]);
  });

  it('does not hide a setting that cannot work, or has no effect', () => {
    expect(prepare({}, configOf({ jwtManagement: 'refresh' })).read).toThrow(/jwtManagement/);
    const { read, warnings } = prepare({}, configOf({ jwtSecret: 'x'.repeat(32) }));
    read();
    expect(warnings).toEqual([expect.stringContaining('set JWT_SECRET instead')]);
  });
});
