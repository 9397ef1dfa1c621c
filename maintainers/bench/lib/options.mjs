import { parseArgs } from 'node:util';

export const DATABASES = ['postgres', 'sqlite'];
const MILLION = 1_000_000;
/** Each stored session is refreshed at most once, and a round must not run out of sessions. */
const MIN_ROWS = 20_000;

export const HELP = `Measures refreshes, authenticated requests and logins of this project, of Strapi's own refresh
mode, of the tutorial's stateless flow, and of a refresh without a database.

  npm run bench                     everything, about 12 minutes; writes maintainers/bench/, docs/scaling.md and README.md
  npm run bench -- --quick          under two minutes: fewer rows and clients, fewer and shorter rounds
  npm run bench -- --database NAME  only postgres or only sqlite
  npm run bench -- --rows N         rows of a full table (default ${MILLION}, quick 100000)
  npm run bench -- --help

Only a run without options writes these files. Any other run writes its report to .tmp/bench/.

TEST_POSTGRES_URL selects the PostgreSQL server (default postgres://postgres@127.0.0.1:5432/postgres). Its user
must be a superuser: the run creates and drops databases and requests checkpoints.`;

/** `seconds` and `warmUp` are those of one round; `logins` is the number of rounds of logins. */
const THOROUGH = { clients: 32, rounds: 7, seconds: 5, warmUp: 1, logins: 5 };
const QUICK = { clients: 12, rounds: 2, seconds: 1, warmUp: 0.5, logins: 1 };

/** An unknown option, or an invalid value of one. */
export class InvalidOption extends Error {}

const readRows = (text) => {
  const rows = Number(text);
  if (!Number.isSafeInteger(rows) || rows < MIN_ROWS) {
    throw new InvalidOption(`--rows: "${text}" is not a whole number of at least ${MIN_ROWS}`);
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
    throw new InvalidOption(error.message);
  }
};

/** Reads the command line. Throws an `InvalidOption`. */
export const readOptions = (args) => {
  const { help, quick, database, rows } = parse(args);
  if (database !== undefined && !DATABASES.includes(database)) {
    throw new InvalidOption(`--database: "${database}" is neither ${DATABASES.join(' nor ')}`);
  }
  return {
    help,
    databases: database === undefined ? DATABASES : [database],
    rows: rows === undefined ? (quick ? MILLION / 10 : MILLION) : readRows(rows),
    isWhole: !quick && database === undefined && rows === undefined,
    ...(quick ? QUICK : THOROUGH),
  };
};
