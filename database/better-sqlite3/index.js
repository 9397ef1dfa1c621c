'use strict';

/**
 * The release of better-sqlite3 that fits the running Node.js (docs/decisions/0032-two-sqlite-drivers.md).
 * Strapi's query builder requires the driver by its name, so this package has that name.
 */

const [major, minor] = process.versions.node.split('.').map(Number);

// Its binaries work with every later Node.js, and crash an older one.
const takes13 = major >= 22;
// Compiled for a later Node.js it aborts at a garbage collection.
const takes12 = major < 24 || (major === 24 && minor < 19);

const candidates = [takes13 && 'better-sqlite3-13', takes12 && 'better-sqlite3-12'].filter(Boolean);

const load = () => {
  const failures = [];
  for (const name of candidates) {
    try {
      const Database = require(name);
      // The binary is loaded with the first connection only.
      new Database(':memory:').close();
      return Database;
    } catch (error) {
      // "Cannot find module": the download failed, or its script. Otherwise its binary is for another Node.js or system.
      failures.push(`${name}: ${String(error.message).split('\n')[0]}`);
    }
  }
  throw new Error(
    `SQLite does not work here: no driver for Node.js ${process.versions.node} on ` +
      `${process.platform} ${process.arch} can be loaded (${failures.join('; ')}). Run "npm ci" with ` +
      'this Node.js, or use PostgreSQL or MySQL: docs/databases.md.',
  );
};

module.exports = load();
