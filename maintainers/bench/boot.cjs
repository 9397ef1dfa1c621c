// Starts Strapi. Sends the parent process the port, and on each message what this process has used so far.
const { Client } = require('pg');
const { createStrapi } = require('@strapi/strapi');

const KEPT_STATEMENTS = 32;

let statements = 0;
const recent = [];
const { query } = Client.prototype;
Client.prototype.query = function countedQuery(...args) {
  statements += 1;
  recent.push(args[0]);
  if (recent.length > KEPT_STATEMENTS) recent.shift();
  return query.apply(this, args);
};

const describe = (config) =>
  typeof config === 'string'
    ? { text: config, values: [] }
    : { text: config.text, values: config.values ?? [] };

const strapi = createStrapi({
  appDir: process.env.BENCH_APP,
  distDir: process.env.BENCH_DIST,
  serveAdminPanel: false,
  autoReload: false,
});
strapi.log.level = 'warn';

process.on('message', (id) => {
  const { user, system } = process.cpuUsage();
  process.send({ id, statements, cpu: (user + system) / 1000, recent: recent.map(describe) });
});
process.on('disconnect', () => process.exit());

strapi.start().then(() => {
  // A connection is idle while the other variants are measured. It must not be closed meanwhile.
  strapi.server.httpServer.keepAliveTimeout = 0;
  process.send({ port: strapi.server.httpServer.address().port });
});
