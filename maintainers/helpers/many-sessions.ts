import { randomBytes } from 'node:crypto';
import type { TestServer } from '../../tests/helpers/server';
import { insertSessionRows, sessionRow, type SessionRow } from '../../tests/helpers/session-rows';

type Server = Pick<TestServer, 'strapi'>;

const MINUTE = 60 * 1000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const FIRST_NAMES = ['ada', 'alan', 'barbara', 'donald', 'edsger', 'grace', 'joan', 'katherine'];
const LAST_NAMES = ['clarke', 'johnson', 'keller', 'liskov', 'lovelace', 'moore', 'turing'];

const DEVICES = [
  ['Chrome on Windows', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0.0.0 Safari/537.36'],
  [
    'Safari on iOS',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Safari/604.1',
  ],
  ['Chrome on Android', 'Mozilla/5.0 (Linux; Android 15) Chrome/142.0.0.0 Mobile Safari/537.36'],
  ['Chrome on Windows', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/141.0.0.0 Safari/537.36'],
  ['Firefox on Linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0'],
  [
    'Safari on iOS',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) Version/17.7 Safari/604.1',
  ],
  ['Safari on macOS', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 15_5) Version/18.5 Safari/605.1.15'],
] as const;

/**
 * Returns the columns of an ended session, at regular intervals of the index; `{}` for a live one.
 *
 * @param age the time since the login, in milliseconds; no session ends before its login
 */
const endColumns = (index: number, now: number, age: number): Partial<SessionRow> => {
  const before = (time: number) => now - Math.min(time, age / 2);
  if (index % 701 === 1) {
    const time = 17 * MINUTE + (index % 23) * HOUR;
    return { revoked_at: before(time), revoked_reason: 'reuse-detected' };
  }
  if (index % 11 === 3) return { revoked_at: before(3 * MINUTE), revoked_reason: 'logout' };
  if (index % 23 === 7) return { expires_at: before(40 * MINUTE) };
  return {};
};

/** Inserts users without a password. Resolves to their ids. */
const insertUsers = async ({ strapi }: Server, count: number): Promise<number[]> => {
  const created = new Date();
  const users = Array.from({ length: count }, (_, index) => {
    const first = FIRST_NAMES[index % FIRST_NAMES.length];
    const last = LAST_NAMES[Math.trunc(index / FIRST_NAMES.length) % LAST_NAMES.length];
    const round = Math.trunc(index / (FIRST_NAMES.length * LAST_NAMES.length));
    const username = `${first}.${last}${round === 0 ? '' : round + 1}`;
    return {
      document_id: randomBytes(12).toString('hex'),
      username,
      email: `${username}@example.com`,
      provider: 'local',
      confirmed: true,
      blocked: false,
      created_at: created,
      updated_at: created,
      published_at: created,
    };
  });
  await strapi.db.connection.batchInsert('up_users', users, 50);
  const rows: { id: number }[] = await strapi.db.connection('up_users').select('id').orderBy('id');
  return rows.map(({ id }) => id).slice(-count);
};

const insertTallies = async ({ strapi }: Server, now: number): Promise<void> => {
  const tallies = Array.from({ length: 30 }, (_, index) => ({
    day: new Date(now - index * DAY).toISOString().slice(0, 10),
    // Two days of each week have fewer logins. The number grows from week to week.
    logins: Math.round((index % 7 > 4 ? 210 : 380) * (1 - index / 90)) + ((index * 37) % 60),
    reuses: [11, 4, 0, 1, 0, 0, 2, 0, 3, 0, 1][index % 11],
  }));
  await strapi.db.connection.batchInsert('up_session_tallies', tallies, 30);
};

/**
 * Inserts users with sessions that are live, ended or `reuse-detected`, and the tallies of the last 30 days.
 *
 * @param count the number of sessions; each user has ten
 */
export const insertManySessions = async (server: Server, count: number): Promise<void> => {
  const now = Date.now();
  const users = await insertUsers(server, count / 10);
  const rows = Array.from({ length: count }, (_, index) => {
    const [deviceName, userAgent] = DEVICES[index % DEVICES.length] ?? [];
    const loginAt = now - 20 * MINUTE - index * 4 * MINUTE;
    return {
      ...sessionRow(now, {
        user_id: users[(index * 7) % users.length],
        generation: index % 50,
        login_at: loginAt,
        rotated_at: Math.max(loginAt, now - (1 + ((index * 31) % 97)) * MINUTE),
        absolute_expires_at: loginAt + 30 * DAY,
        ...endColumns(index, now, now - loginAt),
      }),
      device_name: deviceName,
      user_agent: userAgent,
      ip_address: `203.0.${113 + (index % 3)}.${1 + (index % 250)}`,
    };
  });
  await insertSessionRows(server, rows);
  await insertTallies(server, now);
};
