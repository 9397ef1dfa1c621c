const CONTROLLERS = 'src/extensions/users-permissions/refresh-tokens/controllers';
const LOGIN = `${CONTROLLERS}/login.ts`;
const TOKEN = `${CONTROLLERS}/token.ts`;

const CSRF = 'CSRF on refresh and logout';
const FAULT = 'A database fault is taken for a bad token';
const BRUTE_FORCE = 'Brute force of passwords and codes';

export default [
  {
    title: 'A successful callback forgets what the provider answered',
    rows: ['The callback of a provider is opened again after a logout'],
    file: 'src/extensions/users-permissions/refresh-tokens/controllers/login.ts',
    before: 'forgetProvider(ctx);',
    after: '',
    test: 'tests/http/provider-callback.test.ts › cannot be repeated by a browser that has been logged in',
  },
  {
    title: 'A logout forgets what a provider answered',
    rows: ['The callback of a provider is opened again after a logout'],
    file: 'src/extensions/users-permissions/refresh-tokens/controllers/token.ts',
    before: 'forgetProvider(ctx);',
    after: '',
    test: 'tests/http/provider-callback.test.ts › cannot be opened after a logout',
  },
  {
    title: 'Refresh and logout by cookie ask for the origin',
    rows: [CSRF],
    file: TOKEN,
    before: "throw refusal('untrusted-origin');",
    after: 'void refusal;',
    test: 'tests/http/csrf.test.ts › refuses %s and changes nothing',
  },
  {
    title: "A form of another site does not clear a visitor's cookie",
    rows: [CSRF],
    file: TOKEN,
    before: 'if (transport.isFromTrustedOrigin(ctx)) {',
    after: 'if (ctx) {',
    test: 'tests/http/csrf.test.ts › logs out from any origin, and leaves the cookie alone for another one',
  },
  {
    title: 'A request that cannot be read is counted',
    rows: ['Denial by many requests'],
    file: TOKEN,
    before: 'await rateLimits.countAddress(ctx);\n      throw error;',
    after: 'throw error;',
    test: 'tests/http/rate-limits.test.ts › is counted when it has a cookie and comes from another site',
  },
  {
    title: 'A genuine token is counted by its session',
    rows: ['Denial by many requests'],
    file: TOKEN,
    before: ': rateLimits.countSession(ctx, sessionId));',
    after: ': rateLimits.countAddress(ctx));',
    test: 'tests/http/rate-limits.test.ts › is not limited by another session at its address',
  },
  {
    title: 'A database fault keeps the cookie',
    rows: [FAULT],
    file: TOKEN,
    before: 'if (error instanceof TokenRefused) handleRefusedToken(error, ctx);',
    after: 'handleRefusedToken(error as TokenRefused, ctx);',
    test: 'tests/http/refresh.test.ts › answers 5xx, keeps the cookie, and the same token works afterwards',
  },
  {
    title: 'A refused cookie is cleared',
    rows: ['7.4.1'],
    file: TOKEN,
    before: "if (transport.readTokens(ctx)?.transport === 'cookie') transport.clearCookie(ctx);",
    after: '',
    test: 'tests/http/refresh.test.ts › is a 401 that clears the cookie when the session was idle for too long',
  },
  {
    title: 'A logout without a token is refused',
    rows: ['7.4.1'],
    file: TOKEN,
    before: "if (!presented && claims.length === 0) throw refusal('missing-authentication');",
    after: '',
    test: 'tests/http/logout.test.ts › is refused with 401: %s',
  },
  {
    title: 'A session starts only after a login',
    rows: ['7.6.2'],
    file: LOGIN,
    before: "if (typeof response?.jwt !== 'string' || ctx.status >= 400) return;",
    after:
      "if (typeof response?.jwt !== 'string' || ctx.status >= 400) { const { id } = (response as { user?: { id?: number } } | undefined)?.user ?? {}; if (id !== undefined) await startSession(ctx, id, isRemembered); return; }",
    test: 'tests/http/register.test.ts › returns only the user and starts no session when e-mail confirmation is required',
  },
  {
    title: 'A login that fails starts no session',
    rows: ['7.6.2'],
    file: LOGIN,
    before: 'await action(ctx, next);',
    after:
      'try { await action(ctx, next); } catch { ctx.body = { jwt: sessions.constructor.name }; }',
    test: 'tests/http/login.test.ts › refuses a wrong password',
  },
  {
    title: 'A new password ends every older session, also when it is the old one',
    rows: ['7.4.3', 'Tokens may be revoked at logout and change of password'],
    file: LOGIN,
    before: "if (setsPassword) await sessions.revokeAll([id], 'password-changed');",
    after: 'void setsPassword;',
    test: 'tests/http/new-password.test.ts › ends the older sessions also when the new password is the old one',
  },
  {
    title: 'A change of password needs the current one',
    rows: ['7.5.1'],
    file: LOGIN,
    before: 'prepare: passwords.expectCurrentPassword,',
    after: 'prepare: (ctx) => { Object.assign(ctx.state.user as object, { password: null }); },',
    test: 'tests/http/new-password.test.ts › starts a new session, whose tokens work',
  },
  {
    title: 'A user of a login provider cannot change a password that does not exist',
    rows: ['7.5.1'],
    file: LOGIN,
    before: 'prepare: passwords.expectCurrentPassword,',
    after: '',
    test: 'tests/http/new-password.test.ts › refuses a user without a password, and says how to set one',
  },
  {
    title: 'rememberMe is true or false',
    rows: ['Denial by big or broken requests'],
    file: LOGIN,
    before: "if (!field.success) throw refusal('malformed-remember-me');",
    after: "if (field.error && field.error.name === '') throw refusal('malformed-remember-me');",
    test: 'tests/http/login-in-browser.test.ts › %j is refused',
  },
  {
    title: 'The list of sessions needs a login',
    rows: ['7.5.2'],
    file: `${CONTROLLERS}/own-sessions.ts`,
    before: "if (!user) throw refusal('not-logged-in');",
    after: "if (!user) return { owner: { id: 0, documentId: '' }, sessionId: undefined };",
    test: 'tests/http/sessions.test.ts › requires a logged-in user',
  },

  {
    title: 'A database fault is not a bad refresh token',
    rows: [FAULT],
    file: TOKEN,
    before: '        throw error;\n      }\n    };',
    after: "        throw refusal('invalid-refresh-token');\n      }\n    };",
    test: 'tests/http/refresh.test.ts › answers 5xx, keeps the cookie, and the same token works afterwards',
  },
  {
    title: 'A login that would set the cookie asks for the origin',
    rows: ['Login CSRF'],
    file: LOGIN,
    before: 'async (ctx, next) => {\n      requireTrustedOrigin(ctx, transport);\n',
    after: 'async (ctx, next) => {\n      void requireTrustedOrigin;\n',
    test: 'tests/http/csrf.test.ts › is refused from %s',
  },
  {
    title: "The origin is asked for before Strapi's action runs",
    rows: ['Login CSRF'],
    file: LOGIN,
    before: 'async (ctx, next) => {\n      requireTrustedOrigin(ctx, transport);\n',
    after:
      'async (ctx, next) => {\n      try {\n        await action(ctx, next);\n      } finally {\n        requireTrustedOrigin(ctx, transport);\n      }\n',
    test: 'tests/http/csrf.test.ts › is refused from %s',
  },
  {
    title: 'A login of other code by login() asks for the origin',
    rows: ['Login CSRF'],
    file: LOGIN,
    before: 'if (!own.impersonatedBy) requireTrustedOrigin(ctx, transport);',
    after: '',
    test: 'tests/http/own-logins.test.ts › is refused from a page of another site, if the response would set the cookie',
  },
  {
    title: 'withSession asks for the origin before the handler runs',
    rows: ['Login CSRF'],
    file: LOGIN,
    before:
      'requireTrustedOrigin(ctx, transport);\n      const isRemembered = readRememberMe(ctx);\n      await next();\n',
    after:
      'const isRemembered = readRememberMe(ctx);\n      await next();\n      requireTrustedOrigin(ctx, transport);\n',
    test: 'tests/http/own-logins.test.ts › does not run the handler for a page of another site',
  },
  {
    title: 'An error that has a token starts no session',
    rows: ['7.6.2'],
    file: LOGIN,
    before: ' || ctx.status >= 400) return;',
    after: ') return;',
    test: 'tests/http/own-logins.test.ts › passes %s on unchanged',
  },
  {
    title: "A fault that Strapi hides in a provider's refusal is a 500",
    rows: [FAULT],
    file: LOGIN,
    before: 'providerFaults.faultOf(ctx) ?? error',
    after: 'error',
    test: 'tests/http/provider-callback.test.ts › gets a 500 without the cause while the table %s fails',
  },

  {
    title: 'The callback of a provider is counted',
    rows: ['The callback of a provider is opened again after a logout', BRUTE_FORCE],
    file: 'src/extensions/users-permissions/refresh-tokens/routes.ts',
    before: '    .map(withLimit)\n',
    after: '',
    test: 'tests/http/rate-limits.test.ts › count the callback of a provider',
  },
];
