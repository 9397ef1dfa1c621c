import { parseArgs } from 'node:util';

export const DATABASES = ['postgres', 'sqlite'];
const MILLION = 1_000_000;
/** Every stored session is refreshed once at most, and a round must not run out of them. */
const FEWEST_ROWS = 20_000;

export const HELP = `Measures refreshes, authenticated requests and logins of this project beside Strapi's own
refresh mode, the stateless flow of a well-known tutorial, and a floor without a database.

  npm run bench                     everything; writes maintainers/bench/, docs/scaling.md, README.md (about 12 minutes)
  npm run bench -- --quick          under two minutes: fewer rows and clients, fewer and shorter rounds
  npm run bench -- --database NAME  only postgres or only sqlite
  npm run bench -- --rows N         stored rows of the full tables (default ${MILLION}, quick 100000)
  npm run bench -- --help

Only the whole run is published. Any other writes its report to .tmp/bench/.

PostgreSQL is taken from TEST_POSTGRES_URL (default postgres://postgres@127.0.0.1:5432/postgres). The
user must be a superuser: databases are made, filled and dropped, and a checkpoint is asked for.`;

/** Seconds and rounds of a measurement; each client is a registration on every server. */
const THOROUGH = { clients: 32, rounds: 7, seconds: 5, warmUp: 1, logins: 5 };
const QUICK = { clients: 12, rounds: 2, seconds: 1, warmUp: 0.5, logins: 1 };

/** A command line that makes no sense. */
export class WrongOption extends Error {}

const readRows = (text) => {
  const rows = Number(text);
  if (!Number.isSafeInteger(rows) || rows < FEWEST_ROWS) {
    throw new WrongOption(`--rows: "${text}" is no number from ${FEWEST_ROWS} up`);
  }
  return rows;
};

const parse = (args) => {
  const options = {
    help: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    database: { type: 'string' },
    rows: { type: 'string' },
  };
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new WrongOption(error.message);
  }
};

/** @throws {WrongOption} */
export const readOptions = (args) => {
  const { help, quick, database, rows } = parse(args);
  if (database !== undefined && !DATABASES.includes(database)) {
    throw new WrongOption(`--database: "${database}" is neither ${DATABASES.join(' nor ')}`);
  }
  return {
    help,
    databases: database === undefined ? DATABASES : [database],
    rows: rows === undefined ? (quick ? MILLION / 10 : MILLION) : readRows(rows),
    isWhole: !quick && database === undefined && rows === undefined,
    ...(quick ? QUICK : THOROUGH),
  };
};
