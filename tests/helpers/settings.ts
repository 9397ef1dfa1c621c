import pick from 'lodash/pick';
import {
  InvalidSettings,
  readSettings,
  type Environment,
} from '../../src/extensions/users-permissions/refresh-tokens/settings/settings';
import { testEnvironment } from './environment';

/** The variables that have no default. */
export const requiredVariables = pick(testEnvironment(), [
  'JWT_SECRET',
  'REFRESH_SECRET',
  'APP_KEYS',
  'ADMIN_JWT_SECRET',
  'API_TOKEN_SALT',
]);

/** Returns the error for an environment. Throws any other error, and when the settings are accepted. */
export const settingsRefusalOf = (
  environment: Environment,
  production = false,
): InvalidSettings => {
  try {
    readSettings(environment, production);
  } catch (error) {
    if (error instanceof InvalidSettings) return error;
    throw error;
  }
  throw new Error('The settings were accepted');
};
