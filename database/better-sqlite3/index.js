'use strict';

/**
 * The release of better-sqlite3 that fits the running Node.js (docs/decisions/0032-two-sqlite-drivers.md).
 * Strapi's query builder requires the driver by its name, so this package has that name.
 */

/** Its binaries work with every Node.js from here on, and crash an older one. */
const FIRST_NODE_OF_13 = 22;

const major = Number.parseInt(process.versions.node, 10);
const name = major >= FIRST_NODE_OF_13 ? 'better-sqlite3-13' : 'better-sqlite3-12';

const load = () => {
  try {
    const Database = require(name);
    // The binary is loaded with the first connection only.
    new Database(':memory:').close();
    return Database;
  } catch (cause) {
    throw new Error(
      `SQLite does not work here: no binary of ${name} for Node.js ${process.versions.node} on ` +
        `${process.platform} ${process.arch}. Install the packages again with this Node.js, or use ` +
        'PostgreSQL or MySQL (docs/databases.md).',
      { cause },
    );
  }
};

module.exports = load();
