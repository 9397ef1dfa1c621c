const STRAPI = 'src/extensions/users-permissions/refresh-tokens/strapi';
const CHANGES = `${STRAPI}/account-changes.ts`;
const WATCH = `${STRAPI}/password-watch.ts`;
const LISTENERS = `${STRAPI}/isolate-listeners.ts`;
const ROLE_FORM = `${STRAPI}/role-form.ts`;

const AFTER_LOGOUT = 'Replay of an access token after logout, block, delete or password change';
const TWICE = 'A reset code or a current password is used twice at once';
const OLD_CODE = 'An old reset code undoes a change';
const LISTENER = 'A listener that fails hides a theft';
const TRANSLATION = 'A translation of a user locks the user out';
const SWITCHES = 'A switch without effect';

const PASSWORD_RACE =
  'tests/http/new-password.test.ts › is refused when another request has set a password since its check';
const FAILING_LISTENERS =
  'tests/http/failing-listeners.test.ts › silences no other listener, no subscriber, no webhook and no tally, and fails no request';
const TRANSLATED_USER =
  'tests/http/account-changes.test.ts › keeps the password and the sessions, and warns';

export default [
  {
    title: 'Failed statements are logged without their values',
    rows: ['The log leaks'],
    file: `${STRAPI}/hide-bound-values.ts`,
    before: 'config.compileSqlOnError = false;',
    after: 'config.compileSqlOnError = true;',
    test: 'tests/http/log-secrets.test.ts › has the statement that failed, and not its values',
  },
  {
    title: 'Blocking a user ends the sessions',
    rows: [AFTER_LOGOUT, '7.4.2'],
    file: CHANGES,
    before: "await revoke(accounts, 'user-blocked');",
    after: '',
    test: 'tests/http/account-changes.test.ts › through %s ends both tokens of every session',
  },
  {
    title: 'A new password ends the sessions',
    rows: [AFTER_LOGOUT, '7.4.3', 'Tokens may be revoked at logout and change of password'],
    file: CHANGES,
    before: "await revoke(changed, 'password-changed');",
    after: '',
    test: 'tests/http/account-changes.test.ts › through %s ends both tokens of every session',
  },
  {
    title: 'Deleting a user ends the sessions',
    rows: [AFTER_LOGOUT, '7.4.2'],
    file: CHANGES,
    before: "revoke(state.accounts ?? [], 'user-deleted');",
    after: 'revoke([], state.accounts ? "user-deleted" : "user-blocked");',
    test: 'tests/http/account-changes.test.ts › through %s ends both tokens of every session',
  },
  {
    title: 'A change of many users at once ends their sessions',
    rows: [AFTER_LOGOUT, '7.4.2'],
    file: CHANGES,
    before: 'afterUpdateMany: afterUpdate,',
    after: '',
    test: 'tests/http/account-changes.test.ts › through %s ends both tokens of every session',
  },
  {
    title: 'A deletion of many users at once ends their sessions',
    rows: [AFTER_LOGOUT, '7.4.2'],
    file: CHANGES,
    before: 'afterDeleteMany: afterDelete,',
    after: '',
    test: 'tests/http/account-changes.test.ts › through %s ends both tokens of every session',
  },
  {
    title: 'A change of password or e-mail address deletes the reset code',
    rows: [OLD_CODE],
    file: CHANGES,
    before: 'data.resetPasswordToken ??= null;',
    after: '',
    test: 'tests/http/new-password.test.ts › refuses a code from before a change of the %s',
  },
  {
    title: 'A change of the e-mail address deletes the reset code',
    rows: [OLD_CODE],
    file: CHANGES,
    before: '(data.email !== undefined && data.email !== email)',
    after: "(data.email === '' && data.email !== email)",
    test: 'tests/http/new-password.test.ts › refuses a code from before a change of the %s',
  },
  {
    title: 'One reset with one code',
    rows: [TWICE],
    file: WATCH,
    before: 'watch(ctx, { expected: { code } });',
    after: '',
    test: PASSWORD_RACE,
  },
  {
    title: 'One change with one current password',
    rows: [TWICE],
    file: WATCH,
    before: "watch(ctx, { expected: 'hash' });",
    after: '',
    test: PASSWORD_RACE,
  },
  {
    title: 'The number of locked rows decides whether a password is stored',
    rows: [TWICE],
    file: WATCH,
    before: 'if (locked !== 1) {',
    after: 'if (locked > 1) {',
    test: PASSWORD_RACE,
  },
  {
    title: 'A login knows the password that it verified',
    rows: ['A login races a change of password, a block or a deletion'],
    file: WATCH,
    before: 'if (isValid) watch(strapi.requestContext.get(), { hash });',
    after: '',
    test: 'tests/http/login-races.test.ts › %s leaves no live session',
  },
  {
    title: 'A blocked user keeps the password and the code at a reset',
    rows: ['7.4.2'],
    file: WATCH,
    before: 'await requireAccount(Number(user.id));',
    after: 'void requireAccount;',
    test: 'tests/http/new-password.test.ts › refuses %s, and keeps the password and the code',
  },
  {
    title: 'Of a profile only the name and the e-mail address are stored',
    rows: ['A provider chooses fields of a user'],
    file: `${STRAPI}/provider-profile.ts`,
    before: "['username', 'email'])",
    after: "['username', 'email', 'password', 'id', 'confirmed', 'role', 'resetPasswordToken'])",
    test: 'tests/http/provider-callback.test.ts › stores nothing of a profile but the name and the e-mail address',
  },
  {
    title: 'The jwt service refuses a token whose session has ended',
    rows: [AFTER_LOGOUT, '7.2.1'],
    file: `${STRAPI}/jwt.ts`,
    before: 'return authenticate(token);',
    after: 'return authenticate(token).catch(() => tokens.verifyAccess(token, now()));',
    test: 'tests/http/access-token.test.ts › verifies a token, and rejects one whose session has ended',
  },
  {
    title: 'A rolled-back revocation is not reported',
    rows: ['An administrator abuses the list of sessions'],
    file: `${STRAPI}/event-emitter.ts`,
    before: 'if (!strapi.db.inTransaction()) {',
    after: 'if (!strapi.db.inTransaction() || name.length > 0) {',
    test: 'tests/http/events.test.ts › is not emitted when the transaction is rolled back',
  },
  {
    title: 'A theft can be sent to a webhook',
    rows: ['Replay of a used refresh token'],
    file: `${STRAPI}/webhooks.ts`,
    before: "webhooks.addAllowedEvent('SESSION_REUSE_DETECTED', 'session.reuse-detected');",
    after: '',
    test: 'tests/http/events.test.ts › is created through the admin API, and receives the event',
  },
  {
    title: 'A permission that an administrator has removed stays removed',
    rows: ['An administrator abuses the list of sessions'],
    file: `${STRAPI}/grant-once.ts`,
    before: 'if (await strapi.store.get(record)) return;',
    after: '',
    test: 'tests/http/boot.test.ts › does not grant a permission again that an administrator has removed',
  },

  {
    title: 'A change whose sessions cannot be revoked is not made',
    rows: [AFTER_LOGOUT],
    file: CHANGES,
    before: 'revokes(params.data ?? {}) ? db.transaction(() => write(params)) : write(params);',
    after: 'revokes(params.data ?? {}) && db.inTransaction() ? write(params) : write(params);',
    test: 'tests/http/account-changes.test.ts › is not made: %s',
  },
  {
    title: 'The Content Manager does not know the sessions',
    rows: ['An administrator abuses the list of sessions'],
    file: `${STRAPI}/content-manager.ts`,
    before: 'uids.includes(uid) ? undefined : service.findContentType(uid),',
    after: 'service.findContentType(uid),',
    test: 'tests/http/doors.test.ts › for any administrator, a super admin too',
  },
  {
    title: 'No role can be given the permission to read sessions in the Content Manager',
    rows: ['An administrator abuses the list of sessions'],
    file: `${STRAPI}/content-manager.ts`,
    before: 'service.findAllContentTypes().filter(({ uid }) => !uids.includes(uid)),',
    after: 'service.findAllContentTypes(),',
    test: 'tests/http/doors.test.ts › and no role can be given the permission to read it',
  },

  {
    title: 'Failed statements of MySQL are logged without their values',
    rows: ['The log leaks'],
    file: `${STRAPI}/hide-bound-values.ts`,
    before: "['sql', 'detail']",
    after: "['detail']",
    test: 'tests/http/log-secrets.test.ts › has the statement that failed, and not its values',
    database: 'mysql',
  },
  {
    title: 'Failed statements of PostgreSQL are logged without the row that they violate',
    rows: ['The log leaks'],
    file: `${STRAPI}/hide-bound-values.ts`,
    before: "['sql', 'detail']",
    after: "['sql']",
    test: 'tests/http/log-secrets.test.ts › has the constraint that a statement has violated, and not the row',
    database: 'postgres',
  },
  {
    title: 'A listener that fails does not keep the others from a session event',
    rows: [LISTENER],
    file: LISTENERS,
    before: 'on: (name, listener) => on(name, listenerFor(name, listener)),',
    after: 'on: (name, listener) => on(name, listener),',
    test: FAILING_LISTENERS,
  },
  {
    title: 'A listener that never resolves does not keep the others from a session event',
    rows: [LISTENER],
    file: LISTENERS,
    before: 'void (async () => listener(...payload))().catch(logFault);',
    after: 'await (async () => listener(...payload))().catch(logFault);',
    test: FAILING_LISTENERS,
  },
  {
    title: 'A subscriber that fails does not keep the listeners from a session event',
    rows: [LISTENER],
    file: LISTENERS,
    before: 'subscribe: (subscriber) => subscribe(isolateSubscriber(subscriber)),',
    after: 'subscribe: (subscriber) => subscribe(subscriber),',
    test: FAILING_LISTENERS,
  },
  {
    title: 'The fault of a listener is logged',
    rows: [LISTENER],
    file: LISTENERS,
    before: '    log.error(error);\n',
    after: '    void error;\n',
    test: FAILING_LISTENERS,
  },
  {
    title: 'A translation of a user that is added keeps the hash of the password',
    rows: [TRANSLATION],
    file: CHANGES,
    before: 'if (isLocalized() && documentId) await restoreHash(await find({ documentId }), data);',
    after: 'void documentId;',
    test: TRANSLATED_USER,
  },
  {
    title: 'The form of a role has no switch without effect',
    rows: [SWITCHES],
    file: ROLE_FORM,
    before: 'return { ...role, permissions: omit(role.permissions, WITHOUT_EFFECT) };',
    after: 'return role;',
    test: 'tests/http/role-form.test.ts › of type %s has the switches of Strapi, and none that has no effect',
  },
  {
    title: 'The form of a new role has no switch without effect',
    rows: [SWITCHES],
    file: ROLE_FORM,
    before: 'omit(original.getActions(options), WITHOUT_EFFECT);',
    after: 'original.getActions(options);',
    test: 'tests/http/role-form.test.ts › of type %s has the switches of Strapi, and none that has no effect',
  },
  {
    title: 'A role that is saved keeps the permissions that its form does not show',
    rows: [SWITCHES],
    file: ROLE_FORM,
    before: 'if (action) set(permissions, path, action);',
    after: '',
    test: 'tests/http/role-form.test.ts › of type %s is saved as it is without a loss, and with a change changes that alone',
  },
];
