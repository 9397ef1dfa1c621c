/**
 * One of several instances that purge one database at the same time: loads Strapi without listening,
 * says that it is ready, purges when it is told to, says how many rows that were, and ends.
 * Takes the folder of the project and that of its compiled code.
 */
import { once } from 'node:events';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { createStrapi } = require('@strapi/strapi');

// Whoever started this is gone: there is nobody to purge for.
process.once('disconnect', () => process.exit(1));

const [, , appDir, distDir] = process.argv;
const strapi = createStrapi({ appDir, distDir, serveAdminPanel: false, autoReload: false });
await strapi.load();

process.send('ready');
await once(process, 'message');
process.send(await strapi.plugin('users-permissions').service('session').purge());

await strapi.destroy();
process.disconnect();
