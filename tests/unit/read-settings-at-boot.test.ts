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
const { OLDEST_STRAPI, TESTED_STRAPI } =
  await import('../../src/extensions/users-permissions/refresh-tokens/settings/strapi-version');

/** Prepares `readSettingsAtBoot` with a config of Strapi and of the plugin, and records warnings. */
const prepare = (ownConfig: Record<string, unknown>, pluginConfig: object = {}) => {
  const warnings: string[] = [];
  const strapiConfig: Record<string, unknown> = { 'info.strapi': TESTED_STRAPI, ...ownConfig };
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

  it.each([OLDEST_STRAPI, '5.54.1', '5.100.0', '6.0.0'])(
    'warns of Strapi %s, which was not tested',
    (version) => {
      const { read, warnings } = prepare({ 'info.strapi': version });

      read();

      expect(warnings).toEqual([expect.stringContaining(`${version}. `)]);
      expect(warnings[0]).toContain(TESTED_STRAPI);
    },
  );

  it.each(['5.9.0', '4.25.0'])('stops the boot with Strapi %s', (version) => {
    expect(prepare({ 'info.strapi': version }).read).toThrow(
      new RegExp(`@strapi/strapi: is ${version}.*${OLDEST_STRAPI}`),
    );
  });

  it.each([
    ['`strapi develop`', 'development', true, false],
    ['`strapi develop` with NODE_ENV=production', 'production', true, true],
    ['tests', 'test', false, false],
    ['`strapi start` without NODE_ENV', 'development', false, true],
    ['`strapi start` with NODE_ENV=staging', 'staging', false, true],
    ['`strapi start` in production', 'production', false, true],
  ])('%s: NODE_ENV=%s, reloads: %s, safe defaults: %s', (_title, nodeEnv, autoReload, isSafe) => {
    vi.stubEnv('NODE_ENV', nodeEnv);
    const { cookie, clientOrigins } = prepare({ autoReload }).read();

    expect([cookie.secure, clientOrigins.length === 0]).toEqual([isSafe, isSafe]);
  });

  it('warns when `strapi start` has no NODE_ENV', () => {
    vi.stubEnv('NODE_ENV', 'development');
    const { read, warnings } = prepare({});

    read();

    expect(warnings).toEqual([expect.stringContaining('NODE_ENV')]);
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
