import { expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { TESTED_STRAPI } from '../../src/extensions/users-permissions/refresh-tokens/settings/strapi-version';

it('The boot names the version of Strapi in package.json as the tested one', () => {
  expect(TESTED_STRAPI).toBe(manifest.dependencies['@strapi/strapi']);
});
