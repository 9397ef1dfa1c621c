import { createHash, createSecretKey } from 'node:crypto';
import jwt from 'jsonwebtoken';

const DAY = 24 * 60 * 60;
const SESSIONS_PER_USER = 20;
/** A prime above every number of rows: its multiples, modulo that number, visit each row once. */
const STRIDE = 1_000_000_007;

const USER_AGENT =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';

/** Returns the id of the nth stored session. It is as long as a real id and as randomly distributed. */
const sessionIdOf = (number) =>
  createHash('sha256').update(String(number)).digest('base64url').slice(0, 22);

/** Inserts live sessions as a login stores them, and their users: twenty sessions a user. */
const insertProjectSessions = async ({ query }, rows) => {
  const [{ first }] = await query('select coalesce(max(id), 0) + 1 as first from up_users');
  await query(
    `insert into up_users (id, document_id, username, email, provider, confirmed, blocked)
     select $1 + n, left(md5('user' || $1 + n), 24), 'stored' || n, 'stored' || n || '@example.com', 'local', true, false
       from generate_series(0, $2::int / ${SESSIONS_PER_USER}) as n`,
    [first, rows],
  );
  await query(
    `insert into up_users_role_lnk (user_id, role_id)
     select up_users.id, up_roles.id from up_users, up_roles
      where up_users.id >= $1 and up_roles.type = 'authenticated'`,
    [first],
  );
  await query(
    `with clock as (select (extract(epoch from now()) * 1000)::bigint as now)
     insert into up_sessions (document_id, session_id, user_id, user_document_id, generation, rotated_at, expires_at,
            absolute_expires_at, login_at, device_name, user_agent, ip_address,
            created_at, updated_at, published_at)
     select left(md5('document' || n), 24),
            left(translate(encode(sha256(n::text::bytea), 'base64'), '+/', '-_'), 22),
            $1 + n / ${SESSIONS_PER_USER}, left(md5('user' || $1 + n / ${SESSIONS_PER_USER}), 24),
            0, now - n, now - n + ${2 * DAY}000,
            now - n + ${30 * DAY}000, now - n, 'Chrome on Windows', '${USER_AGENT}',
            '203.0.113.' || n % 256, now(), now(), now()
       from generate_series(1, $2::int) as n, clock`,
    [first, rows],
  );
};

/** Inserts rows as Strapi's own mode leaves them: refresh tokens that were rotated. */
const insertStrapiSessions = ({ query }, rows) =>
  query(
    `insert into strapi_sessions (document_id, user_id, session_id, child_id, origin, expires_at,
            absolute_expires_at, status, type, metadata, created_at, updated_at, published_at)
     select left(md5('document' || n), 24), (1000 + n / ${SESSIONS_PER_USER})::text, md5(n::text),
            md5((n + 1)::text), 'users-permissions', now() + interval '2 days',
            now() + interval '30 days', 'rotated', 'refresh',
            '{"deviceName": "Chrome on Windows", "loginAt": "2026-01-01T00:00:00.000Z"}',
            now(), now(), now()
       from generate_series(1, $1::int) as n`,
    [rows],
  );

const inserts = { project: insertProjectSessions, strapi: insertStrapiSessions };

/** Fills the session table of a variant (`project` or `strapi`) with this many rows. */
export const insertSessions = (variant, database, rows) => inserts[variant](database, rows);

/** Returns a function that creates the refresh token of another stored session at each call. */
export const createStoredTokens = (refreshSecret, rows) => {
  const key = createSecretKey(refreshSecret, 'utf8');
  let taken = 0;
  return () => {
    taken += 1;
    if (taken > rows) throw new Error('Every stored session has been refreshed');
    const sessionId = sessionIdOf(((taken * STRIDE) % rows) + 1);
    return jwt.sign({ sessionId, generation: 0, type: 'refresh' }, key, { expiresIn: '2d' });
  };
};
