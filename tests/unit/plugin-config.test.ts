import { describe, expect, it } from 'vitest';
import {
  pluginConfigProblems,
  ignoredPluginSettings,
} from '../../src/extensions/users-permissions/refresh-tokens/settings/plugin-config';
import { readSettings } from '../../src/extensions/users-permissions/refresh-tokens/settings/settings';
import { requiredVariables } from '../helpers/settings';

describe('the users-permissions settings in config/plugins', () => {
  const defaults = {
    jwtSecret: 'a-secret',
    jwt: { expiresIn: '30d' },
    sessions: { httpOnly: false },
    ratelimit: { interval: 60_000, max: 10 },
    jwtManagement: 'legacy-support',
  };

  it('cause no warning and no problem when they are Strapi’s defaults', () => {
    expect(ignoredPluginSettings(defaults, structuredClone(defaults))).toEqual([]);
    expect(pluginConfigProblems(defaults)).toEqual([]);
  });

  it.each([
    ['jwt', { expiresIn: '7d' }, 'JWT_SECRET_EXPIRES'],
    ['sessions', { httpOnly: true }, 'REFRESH_COOKIE_'],
    ['ratelimit', { interval: 60_000, max: 10, enabled: false }, 'AUTH_RATE_LIMIT_MAX'],
    ['jwtSecret', 'another-secret', 'JWT_SECRET'],
  ])('cause a warning about "%s", which says what to set instead', (name, value, instead) => {
    const warnings = ignoredPluginSettings({ ...defaults, [name]: value }, defaults);

    expect(warnings).toEqual([expect.stringContaining(`"${name}"`)]);
    expect(warnings[0]).toContain(instead);
    expect(warnings[0]).not.toContain('another-secret');
  });

  it('are refused with another `jwtManagement`, in one message with the invalid variables', () => {
    const config = { ...defaults, jwtManagement: 'refresh' };
    const refused = () =>
      readSettings(
        { ...requiredVariables, JWT_SECRET_EXPIRES: '360' },
        false,
        '/api',
        pluginConfigProblems(config),
      );

    expect(refused).toThrow(/JWT_SECRET_EXPIRES: .*\n {2}jwtManagement: /);
  });
});
