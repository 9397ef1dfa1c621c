import { createRequire } from 'node:module';
import type { env as strapiEnv } from '@strapi/utils';
import { afterEach, describe, expect, it, vi } from 'vitest';
import admin from '../../config/admin';
import database from '../../config/database';
import server from '../../config/server';
import { variableGroups } from '../../src/extensions/users-permissions/refresh-tokens/settings/settings';

const require = createRequire(import.meta.url);
const { env } = require('@strapi/utils') as { env: typeof strapiEnv };

const names = [
  ...Object.keys(variableGroups.Server.shape),
  ...Object.keys(variableGroups.Database.shape),
];

/** Returns the config of the three files for an environment, without functions. */
const configOf = (environment: Record<string, string>): unknown => {
  for (const name of names) vi.stubEnv(name, environment[name]);
  return JSON.parse(JSON.stringify([admin({ env }), server({ env }), database({ env })]));
};

afterEach(() => vi.unstubAllEnvs());

const isEmptyAsUnset = (client: string, name: string): boolean => {
  const environment = { DATABASE_CLIENT: client, APP_KEYS: 'a,b', DATABASE_SSL: 'true' };
  const others = Object.fromEntries(Object.entries(environment).filter(([key]) => key !== name));
  const [empty, unset] = [configOf({ ...others, [name]: '' }), configOf(others)];
  return JSON.stringify(empty) === JSON.stringify(unset);
};

describe('the config files', () => {
  it.each(['sqlite', 'postgres', 'mysql'])(
    'treat an empty variable as unset, as the settings do, on %s',
    (client) => {
      // Keys are required: without them the settings stop the boot.
      const optional = names.filter((name) => name !== 'APP_KEYS');

      expect(optional.filter((name) => !isEmptyAsUnset(client, name))).toEqual([]);
    },
  );
});
