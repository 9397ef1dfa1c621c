import { createRequire } from 'node:module';
import type * as Utils from '@strapi/utils';

const requireOfStrapi = createRequire(require.resolve('@strapi/strapi'));
const requireOfCore = createRequire(requireOfStrapi.resolve('@strapi/core'));

/**
 * The error classes of the copy of `@strapi/utils` that Strapi's own server uses. It compares errors by
 * `instanceof` (`@strapi/core/dist/middlewares/errors.js`), so that those of another copy, which an app has when
 * its Strapi packages are not all of one version, would become a 500.
 */
export const { errors } = requireOfCore('@strapi/utils') as typeof Utils;
