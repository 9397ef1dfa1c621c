/**
 * Another instance that purges the same database: loads Strapi without listening, sends `ready`, purges
 * after the first message, sends the number of deleted rows, and ends.
 *
 * Arguments: the folder of the project and that of its compiled code.
 */
import { once } from 'node:events';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { createStrapi } = require('@strapi/strapi');

// The parent process has ended.
process.once('disconnect', () => process.exit(1));

const [, , appDir, distDir] = process.argv;
const strapi = createStrapi({ appDir, distDir, serveAdminPanel: false, autoReload: false });
await strapi.load();

process.send('ready');
await once(process, 'message');
process.send(await strapi.plugin('users-permissions').service('session').purge());

await strapi.destroy();
process.disconnect();
