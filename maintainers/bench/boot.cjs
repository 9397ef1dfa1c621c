// A Strapi in a process of its own. It tells its parent the port and, when asked, what it has used.
const { Client } = require('pg');
const { createStrapi } = require('@strapi/strapi');

let statements = 0;
const { query } = Client.prototype;
Client.prototype.query = function countedQuery(...call) {
  statements += 1;
  return query.apply(this, call);
};

const strapi = createStrapi({
  appDir: process.env.BENCH_APP,
  distDir: process.env.BENCH_DIST,
  serveAdminPanel: false,
  autoReload: false,
});
strapi.log.level = 'warn';

process.on('message', (id) => {
  const { user, system } = process.cpuUsage();
  process.send({ id, statements, cpu: (user + system) / 1000 });
});
process.on('disconnect', () => process.exit());

strapi.start().then(() => {
  // A connection waits while the other variants have their turn, and must not be closed meanwhile.
  strapi.server.httpServer.keepAliveTimeout = 0;
  process.send({ port: strapi.server.httpServer.address().port });
});
