import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { postgresVersion } from './postgres.mjs';
import { sqliteVersion } from './sqlite.mjs';

const require = createRequire(import.meta.url);
const versionOf = (name) => require(`${name}/package.json`).version;

const systemName = () => {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? os.type();
  } catch {
    return `${os.type()} ${os.release()}`;
  }
};

const GIGABYTE = 2 ** 30;

/** Describes the date, the machine and the versions of a run. */
export const describeMachine = async (databases) => ({
  date: new Date().toISOString().slice(0, 10),
  machine: {
    processor: os.cpus()[0]?.model.trim() ?? os.arch(),
    cores: os.cpus().length,
    memory: `${Math.round(os.totalmem() / GIGABYTE)} GB`,
    system: systemName(),
  },
  versions: {
    Node: process.versions.node,
    Strapi: versionOf('@strapi/strapi'),
    ...(databases.includes('postgres') ? { PostgreSQL: await postgresVersion() } : {}),
    ...(databases.includes('sqlite') ? { SQLite: sqliteVersion() } : {}),
  },
});
