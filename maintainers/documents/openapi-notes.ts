/** What a request proves who sends it with; the refresh token may also come in the body. */
type Authentication = 'nobody' | 'accessToken' | 'refreshToken' | 'refreshOrAccessToken';

/** What is to be said of an operation that its route object has no place for. */
export interface OperationNotes {
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly authentication: Authentication;
  /** Whether it sets or clears the refresh cookie; caches must then keep out. */
  readonly touchesCookie?: boolean;
  /** Whether `x-strapi-refresh-cookie` chooses how the refresh token travels. */
  readonly choosesTransport?: boolean;
  /** Whether it takes an `Idempotency-Key`. */
  readonly takesIdempotencyKey?: boolean;
  /** The refusals by status, with the sentences that callers hear. Without it: what Strapi lists. */
  readonly errors?: Readonly<Record<number, readonly string[]>>;
}

/** What the tags mean. */
export const tags: Readonly<Record<string, string>> = {
  Authentication: 'Log in, register, passwords, e-mail confirmation',
  Tokens: 'Refresh and log out: these two work by refresh token',
  Sessions: "See and end one's own sessions",
  Photos: 'The example of a resource for logged-in users',
  Users: 'Strapi: accounts. All but `/users/me` need a permission that nobody has at first',
  Roles: 'Strapi: roles and permissions. They need a permission that nobody has at first',
};

const TOO_MANY = 'Too many requests, please try again later.';
const UNREADABLE = 'Request body cannot be read';

/** For every route that reads a body of ours. */
const bodyErrors = {
  413: ['Request body is too large'],
  415: ['Send JSON: this route takes no multipart body'],
};
const limited = { 429: [TOO_MANY] };

const BAD_ACCESS_TOKEN = 'Missing or invalid credentials';
const notLoggedIn = { 401: [BAD_ACCESS_TOKEN], 403: ['Forbidden'] };

const BLOCKED = 'Your account has been blocked by an administrator';
const UNCONFIRMED = 'Your account email is not confirmed';
const CROSS_SITE = 'Cross-site requests may not use the refresh cookie';

const BAD_KEY = 'Idempotency-Key must be 22 to 128 printable ASCII characters without spaces';

const refresh: OperationNotes = {
  tag: 'Tokens',
  summary: 'Trade the refresh token for the next pair',
  description:
    'The token comes in the cookie or in the body; the body wins. The next one leaves the way it ' +
    'came. The same token sent again yields the same successor for `REFRESH_TOKEN_LEEWAY` (10 s), and ' +
    'with the same `Idempotency-Key` as long as that is the current one; ' +
    'otherwise it ends the session. Within the leeway the new token yields itself. A stale `Authorization` header does no harm. ' +
    'A 401 to a cookie clears that cookie.',
  authentication: 'refreshToken',
  touchesCookie: true,
  choosesTransport: true,
  takesIdempotencyKey: true,
  errors: {
    400: ['Missing refresh token', BAD_KEY, BLOCKED, UNCONFIRMED, UNREADABLE],
    401: ['Invalid refresh token'],
    403: [CROSS_SITE],
    ...bodyErrors,
    ...limited,
  },
};

const authentication = (
  summary: string,
  notes: Partial<OperationNotes> & { errors: Required<OperationNotes>['errors'] },
): OperationNotes => ({ tag: 'Authentication', summary, authentication: 'nobody', ...notes });

const ours: Readonly<Record<string, OperationNotes>> = {
  'post /auth/local': authentication('Log in', {
    touchesCookie: true,
    choosesTransport: true,
    errors: {
      400: ['Invalid identifier or password', BLOCKED, UNCONFIRMED, UNREADABLE],
      ...bodyErrors,
      ...limited,
    },
  }),
  'post /auth/local/register': authentication('Register', {
    description:
      'With e-mail confirmation on, the answer has the user and no token: nobody is logged in yet.',
    touchesCookie: true,
    choosesTransport: true,
    errors: {
      400: [
        'Email or Username are already taken',
        'Register action is currently disabled',
        UNREADABLE,
      ],
      ...bodyErrors,
      ...limited,
    },
  }),
  'get /auth/{provider}/callback': authentication('Log in through a provider', {
    description: 'The last step of a login that began at `/connect/{provider}`.',
    touchesCookie: true,
    choosesTransport: true,
    errors: {
      400: [
        'This provider is disabled',
        'OAuth authentication requires a completed provider session',
        'Email is already taken.',
        BLOCKED,
      ],
    },
  }),
  'post /auth/change-password': authentication('Change the password', {
    description: 'Ends every session of the user and starts a new one.',
    authentication: 'accessToken',
    touchesCookie: true,
    choosesTransport: true,
    errors: {
      400: [
        'The provided current password is invalid',
        'Your new password must be different than your current password',
        'Passwords do not match',
        UNREADABLE,
      ],
      ...notLoggedIn,
      ...bodyErrors,
      ...limited,
    },
  }),
  'post /auth/reset-password': authentication('Set a new password with the code of an e-mail', {
    description: 'Ends every session of the user and starts a new one.',
    touchesCookie: true,
    choosesTransport: true,
    errors: {
      400: ['Incorrect code provided', 'Passwords do not match', UNREADABLE],
      ...bodyErrors,
      ...limited,
    },
  }),
  'post /token/refresh': refresh,
  'post /auth/refresh': {
    ...refresh,
    description: `Strapi's own path for \`/token/refresh\`. ${refresh.description}`,
  },
  'post /auth/logout': {
    tag: 'Tokens',
    summary: 'Log out',
    description:
      'Ends the session of the refresh token (cookie or body) or, without one, of the access token. ' +
      'Succeeds also when that session is over already (RFC 7009). Clears the cookie.',
    authentication: 'refreshOrAccessToken',
    touchesCookie: true,
    errors: {
      400: ['Missing refresh token', 'scope must be "all" when it is given', UNREADABLE],
      401: ['Missing authentication'],
      403: [CROSS_SITE],
      ...bodyErrors,
      ...limited,
    },
  },
  'get /auth/sessions': {
    tag: 'Sessions',
    summary: "List one's own live sessions",
    description: 'The current one first, then the newest login.',
    authentication: 'accessToken',
    errors: { 401: ['Unauthorized', BAD_ACCESS_TOKEN] },
  },
  'delete /auth/sessions': {
    tag: 'Sessions',
    summary: 'End all sessions but the current one',
    authentication: 'accessToken',
    errors: { 401: ['Unauthorized', BAD_ACCESS_TOKEN] },
  },
  'delete /auth/sessions/{sessionId}': {
    tag: 'Sessions',
    summary: "End one of one's own sessions",
    authentication: 'accessToken',
    errors: {
      401: ['Unauthorized', BAD_ACCESS_TOKEN],
      404: ['Session not found'],
    },
  },
};

const strapis: Readonly<Record<string, OperationNotes>> = {
  'get /connect/{provider}': authentication('Begin a login through a provider', {
    errors: { 400: ['This provider is disabled'], ...limited },
  }),
  'post /auth/forgot-password': authentication('Ask for the e-mail with a code', {
    errors: { 400: [UNREADABLE], ...bodyErrors, ...limited },
  }),
  'get /auth/email-confirmation': authentication('Confirm an e-mail address', {
    errors: { 400: ['Invalid token'] },
  }),
  'post /auth/send-email-confirmation': authentication('Ask for the e-mail to confirm again', {
    errors: { 400: ['Already confirmed', 'User blocked', UNREADABLE], ...bodyErrors, ...limited },
  }),
  ...Object.fromEntries(
    [
      ['Users', 'get /users/me', 'Who am I'],
      ['Users', 'get /users', 'List users'],
      ['Users', 'get /users/count', 'Count users'],
      ['Users', 'post /users', 'Create a user'],
      ['Users', 'get /users/{id}', 'Show a user'],
      ['Users', 'put /users/{id}', 'Change a user'],
      ['Users', 'delete /users/{id}', 'Delete a user'],
      ['Roles', 'get /users-permissions/roles', 'List roles'],
      ['Roles', 'post /users-permissions/roles', 'Create a role'],
      ['Roles', 'get /users-permissions/roles/{id}', 'Show a role'],
      ['Roles', 'put /users-permissions/roles/{id}', 'Change a role'],
      ['Roles', 'delete /users-permissions/roles/{id}', 'Delete a role'],
      ['Roles', 'get /users-permissions/permissions', 'List what can be permitted'],
      ['Photos', 'get /photos', 'List photos'],
      ['Photos', 'post /photos', 'Create a photo'],
      ['Photos', 'get /photos/{id}', 'Show a photo'],
      ['Photos', 'put /photos/{id}', 'Change a photo'],
      ['Photos', 'delete /photos/{id}', 'Delete a photo'],
    ].map(([tag = '', operation = '', summary = '']) => [
      operation,
      { tag, summary, authentication: 'accessToken' as const },
    ]),
  ),
};

/** The notes by operation: method and path. */
export const operationNotes: Readonly<Record<string, OperationNotes>> = { ...ours, ...strapis };
