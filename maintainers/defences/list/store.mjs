const STORE = 'src/extensions/users-permissions/refresh-tokens/store';
const SQL = `${STORE}/sql-session-store.ts`;
const BATCHES = `${STORE}/table-batches.ts`;
const LIMITS = `${STORE}/rate-limit-store.ts`;

const RACE = 'A login races a change of password, a block or a deletion';
const IMPORT = 'An import gives a user id to somebody else';
const WITHOUT_END = 'Denial by logging in without end';
const REQUESTS = 'Denial by many requests';

export default [
  {
    title: 'A rotation requires the generation that was read',
    rows: ['Race of two refreshes', 'The previous token is invalidated, the relation kept'],
    file: SQL,
    before: '{ [COLUMNS.sessionId]: sessionId, [COLUMNS.generation]: from }',
    after: '{ [COLUMNS.sessionId]: sessionId }',
    test: 'tests/http/session-store.test.ts › succeeds for exactly one of many concurrent callers',
  },
  {
    title: 'The count of the update says who has rotated',
    rows: ['Race of two refreshes'],
    file: SQL,
    before: 'return count === 1;\n    },\n\n    async revoke(',
    after: 'return count >= 0;\n    },\n\n    async revoke(',
    test: 'tests/http/session-store.test.ts › succeeds for exactly one of many concurrent callers',
  },
  {
    title: 'A rotation requires that the session is not revoked',
    rows: ['Race of a refresh with a revocation'],
    file: SQL,
    before: '          .whereNull(COLUMNS.revokedAt)\n          .update(',
    after: '          .update(',
    test: 'tests/http/session-store.test.ts › changes nothing in a revoked session',
  },
  {
    title: 'A session is revoked once',
    rows: ['Replay of a used refresh token'],
    file: SQL,
    before: 'where: { sessionId, revokedAt: { $null: true } },',
    after: 'where: { sessionId },',
    test: 'tests/http/session-store.test.ts › succeeds for exactly one of many concurrent callers',
  },
  {
    title: 'A login inserts its session only while the password is the one that it verified',
    rows: [RACE],
    file: SQL,
    before: 'if (passwordHash !== undefined) allowed.where({ password: passwordHash });',
    after: '',
    test: 'tests/http/session-store.test.ts › stores nothing when another hash is stored',
  },
  {
    title: 'A login inserts its session only while the user is not blocked',
    rows: [RACE],
    file: SQL,
    before: ".where((open) => open.whereNull('blocked').orWhere('blocked', false))",
    after: '',
    test: 'tests/http/login-races.test.ts › %s leaves no live session',
  },
  {
    title: 'A login inserts its session only for the account that it read',
    rows: [IMPORT],
    file: SQL,
    before: 'document_id: session.userDocumentId }',
    after: '}',
    test: 'tests/http/session-store.test.ts › insert stores nothing for an account that %s',
  },
  {
    title: 'A session belongs to the user whose id and document id match: its tokens',
    rows: [IMPORT],
    file: SQL,
    before: ': session.userDocumentId === foundDocumentId;',
    after: ': foundDocumentId !== null;',
    test: 'tests/http/imported-sessions.test.ts › opens no account: its tokens are refused like those of an unknown session',
  },
  {
    title: 'A session belongs to the user whose id and document id match: lists and revocations',
    rows: [IMPORT],
    file: SQL,
    before: 'documentId }) => documentId) } },',
    after: 'documentId }) => documentId) } }, { userDocumentId: { $notNull: true } },',
    test: 'tests/http/imported-sessions.test.ts › is neither shown to the user with that id nor ended by them',
  },
  {
    title: 'A session without a document id belongs to nobody',
    rows: [IMPORT],
    file: SQL,
    before: '? mayLackOwner()\n',
    after: '? true\n',
    test: 'tests/http/database-of-version-1.0.0.test.ts › is not assumed when a newer database has sessions without a document id: they are refused',
  },
  {
    title: 'A session id is looked up only in its own form',
    rows: ['Guessing a token or a session id'],
    file: SQL,
    before:
      "if (!isSessionId(sessionId)) return null;\n      const row = await run('find_session_with_user'",
    after:
      "if (sessionId === '\\u0000') throw new Error('invalid byte sequence');\n      const row = await run('find_session_with_user'",
    test: 'tests/http/bad-input.test.ts › gets 401 with the right secret and a wrong claim: %s',
  },
  {
    title: 'A revocation of all spares the session that asks',
    rows: ['7.5.2'],
    file: SQL,
    before: '...(exceptSessionId === undefined ? {} : { sessionId: { $ne: exceptSessionId } }),',
    after: '...(exceptSessionId === undefined ? {} : {}),',
    test: 'tests/http/sessions.test.ts › ends all sessions but the current one',
  },
  {
    title: 'The limit goes by the order of the rows, not by the clock',
    rows: [WITHOUT_END],
    file: SQL,
    before: "orderBy: [{ id: 'desc' }],",
    after: "orderBy: [{ loginAt: 'desc' }],",
    test: 'tests/http/sessions.test.ts › never revokes the new session, also after the clock was set back',
  },
  {
    title: 'The purge deletes what is due',
    rows: [WITHOUT_END],
    file: SQL,
    before: '          { revokedAt: { $lt: before } },\n',
    after: '',
    test: 'tests/http/purge.test.ts › keeps a session that is %s for a day, and then deletes it',
  },
  {
    title: 'The purge deletes imported sessions without a user',
    rows: [IMPORT],
    file: SQL,
    before: 'where: { id: { $in: ids }, revokedAt: { $null: true } } }',
    after: 'where: { id: { $in: ids }, revokedAt: { $null: false } } }',
    test: 'tests/http/imported-sessions.test.ts › is deleted by the purge',
  },
  {
    title: 'A list holds live sessions only',
    rows: ['7.5.2'],
    file: SQL,
    before: '...liveAt(now) },',
    after: 'expiresAt: liveAt(now).expiresAt },',
    test: 'tests/http/session-store.test.ts › returns the live sessions, the last stored first, without the first `offset` of them',
  },

  {
    title: 'Memory counts the requests of a window',
    rows: [REQUESTS, 'Brute force of passwords and codes'],
    file: LIMITS,
    before: 'window.counter += 1;',
    after: 'window.counter = 1;',
    test: 'tests/unit/rate-limit-store.test.ts › begins a window with the first request, and the next one after its end',
  },
  {
    title: 'Several instances count together in Redis',
    rows: [REQUESTS],
    file: LIMITS,
    before: 'keys: [KEY_PREFIX + key],',
    after: 'keys: [KEY_PREFIX + key + Math.random()],',
    test: 'tests/http/rate-limits-redis.test.ts › admit 20 requests together, not 20 each',
  },
  {
    title: 'Without Redis each instance counts by itself',
    rows: [REQUESTS],
    file: LIMITS,
    before: 'return this.memory.count(key, interval);',
    after: 'return { counter: 0 * key.length, timeLeft: interval };',
    test: 'tests/http/rate-limits-redis.test.ts › counts in memory until Redis is back, and logs each change once',
  },
  {
    title: 'The password of Redis is not logged',
    rows: ['The log leaks'],
    file: LIMITS,
    before: 'Redis cannot be reached (${reason})',
    after: 'Redis ${JSON.stringify(this.client.options)} cannot be reached (${reason})',
    test: 'tests/http/rate-limits-redis.test.ts › counts in memory, and logs that once and without the password',
  },
  {
    title: 'Windows of rate limits go by a monotonic clock',
    rows: [REQUESTS],
    file: LIMITS,
    before: 'performance.now();',
    after: 'Date.now();',
    test: 'tests/unit/rate-limit-store.test.ts › locks nobody out when the wall clock is set back',
  },

  {
    title: 'The purge goes through all batches',
    rows: [WITHOUT_END],
    file: BATCHES,
    before: 'changed += await change(rows.map(({ id }) => Number(id)));',
    after: 'return changed + (await change(rows.map(({ id }) => Number(id))));',
    test: 'tests/http/purge.test.ts › deletes in batches whatever is due, and nothing that lies in between',
  },
];
