import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { ROOT } from './apps.mjs';

export const DATABASES = ['postgres', 'sqlite'];
const MILLION = 1_000_000;
/** Each stored session is refreshed at most once, and a round must not run out of sessions. */
const MIN_ROWS = 20_000;

export const HELP = `Measures refreshes, authenticated requests and logins of this project, of Strapi's own refresh
mode, of the tutorial's stateless flow, and of responses without a database; boots, and memory.

  npm run bench                     everything, about 18 minutes; writes maintainers/bench/, docs/scaling.md and README.md
  npm run bench -- --against REF    the same, and beside it an earlier commit of this project (any name that git knows),
                                    with today's node_modules: refreshes and requests on PostgreSQL
  npm run bench -- --quick          about three minutes: fewer rows and clients, fewer and shorter rounds
  npm run bench -- --database NAME  only postgres or only sqlite
  npm run bench -- --rows N         rows of a full table (default ${MILLION}, quick 100000)
  npm run bench -- --help

Only a whole run, with no option but --against, writes these files. Any other run writes its report to .tmp/bench/.

TEST_POSTGRES_URL selects the PostgreSQL server (default postgres://postgres@127.0.0.1:5432/postgres). Its user
must be a superuser: the run creates and drops databases and requests checkpoints.`;

/**
 * `seconds` and `warmUp` are those of one round; `logins` and `boots` are numbers of rounds; `refreshes` is the number
 * of refreshes after which the memory is measured.
 */
const THOROUGH = {
  ...{ clients: 32, rounds: 5, seconds: 5, warmUp: 1 },
  ...{ logins: 3, boots: 5, refreshes: 100_000 },
};
const QUICK = {
  ...{ clients: 8, rounds: 2, seconds: 1, warmUp: 0.5 },
  ...{ logins: 1, boots: 1, refreshes: 2000 },
};

/** An unknown option, or an invalid value of one. */
export class InvalidOption extends Error {}

const readRows = (text) => {
  const rows = Number(text);
  if (!Number.isSafeInteger(rows) || rows < MIN_ROWS) {
    throw new InvalidOption(`--rows: "${text}" is not a whole number of at least ${MIN_ROWS}`);
  }
  return rows;
};

/** Returns the short id of a commit. */
const readCommit = (reference) => {
  const args = ['rev-parse', '--short', '--verify', '--end-of-options', `${reference}^{commit}`];
  try {
    return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    throw new InvalidOption(`--against: git knows no commit "${reference}"`);
  }
};

const parse = (args) => {
  const options = {
    help: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    against: { type: 'string' },
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
  const { help, quick, against, database, rows } = parse(args);
  if (database !== undefined && !DATABASES.includes(database)) {
    throw new InvalidOption(`--database: "${database}" is neither ${DATABASES.join(' nor ')}`);
  }
  return {
    help,
    against: against && readCommit(against),
    databases: database === undefined ? DATABASES : [database],
    rows: rows === undefined ? (quick ? MILLION / 10 : MILLION) : readRows(rows),
    isWhole: !quick && database === undefined && rows === undefined,
    ...(quick ? QUICK : THOROUGH),
  };
};
