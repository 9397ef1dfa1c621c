const HTTP = 'src/extensions/users-permissions/refresh-tokens/http';
const STRATEGY = `${HTTP}/strategy.ts`;
const ABILITIES = `${HTTP}/abilities.ts`;

const AFTER_LOGOUT = 'Replay of an access token after logout, block, delete or password change';

export default [
  {
    title: 'Each authenticated request asks whether its session is live, in the one statement too',
    rows: [AFTER_LOGOUT],
    file: STRATEGY,
    before: 'nullIfRefused(() => requireSession(claims, caller, now()));',
    after: 'caller?.user;',
    test: 'tests/http/access-token.test.ts › is refused as soon as its session is revoked',
  },
  {
    title: 'A blocked user is refused, whose sessions nobody has revoked',
    rows: [AFTER_LOGOUT],
    file: STRATEGY,
    before: 'if (!caller || !user || !(await isAllowedIn(user))) return REFUSED;',
    after: 'if (!caller || !user) return REFUSED;',
    test: 'tests/http/access-token.test.ts › is refused when the user was %s with SQL',
  },
  {
    title: 'An ability is kept by the actions that it is made of',
    rows: [AFTER_LOGOUT],
    file: ABILITIES,
    before: 'const text = permissions.map(({ action }) => action).join();',
    after: "const text = '';",
    test: 'tests/http/caller.test.ts › hold from the next request on, also where another instance has changed them',
  },
];
