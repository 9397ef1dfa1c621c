const FILE = 'src/extensions/users-permissions/refresh-tokens/adopt-sessions.ts';
const TESTS = 'tests/http/adopt-sessions.test.ts';
const STRAPI_TESTS = 'tests/http/adopt-sessions-of-strapi.test.ts';
const SETTINGS_TESTS = 'tests/http/adopt-sessions-settings.test.ts';

const TWICE = 'An earlier refresh token is used twice';
const OUTLIVES = 'An earlier refresh token outlives its login';
const FORGED = 'Guessing a token or a session id';
const FAULT = 'A database fault is taken for a bad token';

const liveInStrapi = (what, before, after = '') => ({
  title: `An earlier token of Strapi's mode needs its row: ${what}`,
  rows: [OUTLIVES],
  file: FILE,
  before,
  after,
  test: `${STRAPI_TESTS} › is refused when its row %s`,
});

export default [
  {
    title: 'The second use of an earlier token is a reuse',
    rows: [TWICE],
    file: FILE,
    before: 'generation: 1,',
    after: 'generation: 0,',
    test: `${TESTS} › that is used again after the leeway ends the session: one of the two is a thief`,
  },
  {
    title:
      'Of several requests with one earlier token one exchanges it, and the others find its session',
    rows: [TWICE],
    file: FILE,
    before: 'if (await store.findSession(session.sessionId)) return null;',
    after: '',
    test: `${TESTS} › is exchanged for one session when several tabs send it at once, and again within the leeway`,
  },
  {
    title: 'A used token of the tutorial stays used when its session is purged',
    rows: [TWICE],
    file: FILE,
    before:
      'if (rowId === undefined) return rememberEnded([userId], sessionId, new Date(exp * 1000));',
    after: "if (rowId === undefined) return sessionId !== '' && userId + exp > 0;",
    test: `${TESTS} › stays used when its session has been purged`,
  },
  {
    title: "A used token of Strapi's mode is ended in its table",
    rows: [TWICE],
    file: FILE,
    before: 'return (await rows().deleteMany({ where })).count === 1;',
    after: 'return (await rows().count({ where })) === 1;',
    test: `${STRAPI_TESTS} › is dead in Strapi, too, once it was exchanged`,
  },
  {
    title: 'An earlier token is ended and its session stored, or neither',
    rows: [FAULT],
    file: FILE,
    before: 'await retryLostRaces(() => db.transaction(storeAndEnd));',
    after: 'await retryLostRaces(storeAndEnd);',
    test: `${TESTS} › can be sent again when it could not be ended`,
  },
  {
    title: 'Own claims that fail leave an earlier token unused',
    rows: [FAULT],
    file: FILE,
    before:
      'const own = (await ownClaims?.({ sessionId, userId })) ?? {};\n        const session = await exchange(prepared, caller);',
    after:
      'const session = await exchange(prepared, caller);\n        const own = (await ownClaims?.({ sessionId, userId })) ?? {};',
    test: `${SETTINGS_TESTS} › stays unused, and is exchanged later`,
  },
  {
    title: 'An earlier token needs its signature',
    rows: [FORGED],
    file: FILE,
    before: '.safeParse(payload);',
    after:
      ".safeParse(payload ?? JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()));",
    test: `${TESTS} › is refused with another secret, or changed`,
  },
  {
    title: 'An expired earlier token is refused',
    rows: [OUTLIVES],
    file: FILE,
    before: 'if (claims.isExpired) return null;',
    after: '',
    test: `${TESTS} › is refused when it has expired`,
  },
  liveInStrapi('not rotated', "    status: 'active',\n"),
  liveInStrapi('of the API', "    origin: 'users-permissions',\n"),
  liveInStrapi('of that user', 'userId: String(userId),\n    origin', 'origin'),
  liveInStrapi('before the idle end', '    expiresAt: { $gt: new Date(now()) },\n'),
  liveInStrapi('before the absolute end', '    absoluteExpiresAt: { $gt: new Date(now()) },\n'),
  {
    title: 'A session for an earlier one ends no later than that',
    rows: [OUTLIVES],
    file: FILE,
    before: 'Math.min(at + settings.sessionTtl, endsAt)',
    after: 'Math.min(at + settings.sessionTtl, endsAt + settings.sessionTtl)',
    test: `${STRAPI_TESTS} › gives its session no later absolute end`,
  },
  {
    title: 'An earlier token of an account that may not log in is refused as such',
    rows: [OUTLIVES],
    file: FILE,
    before:
      'await requireAccount(await store.findAccount(owner.id), isConfirmationRequired);\n    return { ...live, owner };',
    after: 'void [requireAccount, isConfirmationRequired];\n    return { ...live, owner };',
    test: `${TESTS} › of an account %s is refused like any other refresh token`,
  },
  {
    title: 'Earlier tokens are refused from the date on',
    rows: [OUTLIVES],
    file: FILE,
    before: 'until !== undefined && now() < until',
    after: 'until !== undefined',
    test: `${SETTINGS_TESTS} › exchanges earlier tokens until the day begins, and says so at boot`,
  },
  {
    title: 'What ends all sessions of a user ends the earlier tokens',
    rows: [OUTLIVES],
    file: FILE,
    before: 'await rememberEnded(ids, ALL, new Date(now() + LONGEST_LIFE));',
    after: 'void LONGEST_LIFE;',
    test: `${TESTS} › is ended by %s, as a session is`,
  },
  {
    title: 'A change of password stops an exchange',
    rows: [OUTLIVES],
    file: FILE,
    before: 'owner.password ?? undefined',
    after: 'undefined',
    test: `${TESTS} › is not exchanged when the password changes meanwhile`,
  },
  {
    title: 'A logout ends its earlier token',
    rows: [OUTLIVES],
    file: FILE,
    before: 'await exchangeToEnd(claims, { ipAddress, userAgent: null, retryKeyHash: null });',
    after: 'void claims;',
    test: `${TESTS} › is ended by its logout`,
  },
  {
    title: 'A logout ends an earlier token whose account is blocked',
    rows: [OUTLIVES],
    file: FILE,
    before: 'if (live) await end(live);',
    after: 'void live;',
    test: `${TESTS} › is ended by its logout while the account is blocked`,
  },
  {
    title: 'A login ends the earlier token of its browser',
    rows: [OUTLIVES],
    file: FILE,
    before: "if (session) await revoke(session, 'replaced');",
    after: 'void [session, revoke];',
    test: `${TESTS} › is ended by a login of its browser`,
  },
  {
    title: 'A token of ours goes before an earlier one',
    rows: ['A cookie that a sibling sub-domain has set'],
    file: FILE,
    before: 'iat: 0,',
    after: 'iat: Number.MAX_SAFE_INTEGER,',
    test: `${TESTS} › gives way to a token of ours beside it`,
  },
];
