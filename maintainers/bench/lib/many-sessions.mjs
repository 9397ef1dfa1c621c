const DAY = 24 * 60 * 60 * 1000;
const SESSIONS_PER_USER = 10;

const DEVICES = [
  ...Array(6).fill('Chrome on Windows'),
  ...Array(4).fill('Safari on iOS'),
  ...Array(3).fill('Chrome on Android'),
  ...Array(2).fill('Safari on macOS'),
  'Edge on Windows',
  'Firefox on Linux',
  'Firefox on Windows',
  'Chrome on Linux',
  'Opera on Windows',
];
const REASONS = ['logout', 'logout-all', 'revoked-by-user', 'session-limit', 'password-changed'];

const quoted = (texts) => texts.map((text) => `'${text}'`).join(', ');

/**
 * Stores sessions as a month of real use leaves them: of ten a user and a hundred, 93 are live, one ended by
 * itself, five were revoked and, of two thousand, one was stolen. Logins are spread over 29 days.
 */
export const fillManySessions = async ({ query, settle }, rows) => {
  const users = rows / SESSIONS_PER_USER;
  await query(
    `insert into up_users (document_id, username, email, provider, confirmed, blocked,
            created_at, updated_at, published_at)
     select left(md5('user' || n), 24), 'person' || n, 'person' || n || '@example.com', 'local',
            true, false, now(), now(), now()
       from generate_series(1, $1::int) as n`,
    [users],
  );
  await query(
    `with clock as (select (extract(epoch from now()) * 1000)::bigint as now),
     logins as (
       select n, now, now - n::bigint * ${29 * DAY} / $1::int as login_at, n % 100 as kind
         from generate_series(1, $1::int) as n, clock),
     uses as (
       select *, greatest(login_at, now - (n * 7919::bigint) % ${1.9 * DAY}) as used_at from logins)
     insert into up_sessions (document_id, session_id, user_id, user_document_id, generation, rotated_at, expires_at,
            absolute_expires_at, login_at, device_name, user_agent, ip_address, revoked_at,
            revoked_reason, created_at, updated_at, published_at)
     select left(md5('document' || n), 24),
            left(translate(encode(sha256(n::text::bytea), 'base64'), '+/', '-_'), 22),
            1 + (n * 7919::bigint) % $2::int,
            left(md5('user' || 1 + (n * 7919::bigint) % $2::int), 24), 3, used_at,
            case when kind = 0 then now - n % 3600000 else used_at + ${2 * DAY} end,
            login_at + ${30 * DAY}, login_at,
            (array[${quoted(DEVICES)}])[1 + (n / 100 + n) % ${DEVICES.length}],
            'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
            '203.' || n % 7 || '.' || n % 251 || '.' || n % 241,
            case when kind between 1 and 6 then now - n % ${DAY} end,
            case when kind between 1 and 5 then (array[${quoted(REASONS)}])[kind]
                 when kind = 6 then case when n % 2000 = 6 then 'reuse-detected' else 'logout' end end,
            now(), now(), now()
       from uses order by login_at`,
    [rows, users],
  );
  await query(
    `insert into up_session_tallies (day, logins, reuses)
     select to_char(now() - n * interval '1 day', 'YYYY-MM-DD'), 30000 + n, n % 3
       from generate_series(0, 365) as n on conflict do nothing`,
  );
  await settle();
};
