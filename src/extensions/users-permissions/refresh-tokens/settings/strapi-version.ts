import type { SettingsProblem } from './cross-checks';

/** The version of Strapi that all tests run with. */
export const TESTED_STRAPI = '5.54.0';

/** The oldest version of Strapi with which the tests pass (docs/upgrading.md). */
export const OLDEST_STRAPI = '5.53.0';

/** Whether a version comes before another. */
export const isOlder = (version: string, than: string): boolean =>
  version.localeCompare(than, 'en', { numeric: true }) < 0;

/** Returns the problem that has to stop the boot with a version of Strapi that is too old. */
export const strapiVersionProblems = (version: string): SettingsProblem[] =>
  isOlder(version, OLDEST_STRAPI)
    ? [
        {
          variable: '@strapi/strapi',
          message: `is ${version}: the sessions need ${OLDEST_STRAPI} or newer. In older versions the addresses of clients behind a proxy can be forged, and logins through a provider fail (docs/upgrading.md)`,
        },
      ]
    : [];

/** Returns a warning for a version of Strapi that the tests have not run with; null for the others. */
export const strapiVersionWarning = (version: string): string | null =>
  version === TESTED_STRAPI
    ? null
    : `Strapi is ${version}. The sessions of users-permissions were tested with ${TESTED_STRAPI}: run "npm run validate", and see docs/upgrading.md.`;
