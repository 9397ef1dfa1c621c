/** How a request authenticates. A refresh token is in the cookie or in the body. */
type Authentication = 'nobody' | 'accessToken' | 'refreshToken' | 'refreshOrAccessToken';

/** The documentation of an operation that Strapi's route objects have no field for. */
export interface OperationNotes {
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly authentication: Authentication;
  /** Whether it sets or clears the refresh cookie, and sends `Cache-Control: no-store`. */
  readonly touchesCookie?: boolean;
  /** Whether the header `x-strapi-refresh-cookie` has an effect. */
  readonly choosesTransport?: boolean;
  readonly takesIdempotencyKey?: boolean;
  /** The error messages by status. Without it the errors of Strapi's generator are used. */
  readonly errors?: Readonly<Record<number, readonly string[]>>;
}

/** The descriptions of the tags. */
export const tags: Readonly<Record<string, string>> = {
  Authentication: 'Login, registration, passwords, e-mail confirmation',
  Tokens: 'Refresh and logout, which authenticate by refresh token',
  Sessions: 'List and end your own sessions',
  Keys: 'Public keys, with which other services verify access tokens',
  Photos: 'An example of a resource for logged-in users',
  Users: 'Routes of Strapi. All except `/users/me` need permissions that no role has by default',
  Roles: 'Routes of Strapi. They need permissions that no role has by default',
};

const TOO_MANY = 'Too many requests, please try again later.';
const UNREADABLE = 'Request body cannot be read';

/** The errors of every auth route with a body. */
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

const BAD_REMEMBER_ME = 'rememberMe must be true or false when it is given';
const BAD_KEY = 'Idempotency-Key must be 22 to 128 printable ASCII characters without spaces';

const refresh: OperationNotes = {
  tag: 'Tokens',
  summary: 'Refresh: get a new access token and refresh token',
  description:
    'Send the refresh token in the cookie or in the body; with both, the body counts. The new token is ' +
    'returned the same way. If the same token is sent again, the response has the same successor: within ' +
    '`REFRESH_TOKEN_LEEWAY` (10 s), or later with the same `Idempotency-Key` as long as the successor is ' +
    'the current token. Otherwise the session ends. A new token is not replaced within the leeway: a ' +
    'refresh with it returns the same token. The `Authorization` header is ignored. A 401 to a request ' +
    'with the cookie clears the cookie.',
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

const ofThisProject: Readonly<Record<string, OperationNotes>> = {
  'post /auth/local': authentication('Log in', {
    touchesCookie: true,
    choosesTransport: true,
    errors: {
      400: ['Invalid identifier or password', BLOCKED, UNCONFIRMED, BAD_REMEMBER_ME, UNREADABLE],
      ...bodyErrors,
      ...limited,
    },
  }),
  'post /auth/local/register': authentication('Register', {
    description:
      'If the e-mail address has to be confirmed first, the response has the user and no tokens.',
    touchesCookie: true,
    choosesTransport: true,
    errors: {
      400: [
        'Email or Username are already taken',
        'Register action is currently disabled',
        BAD_REMEMBER_ME,
        UNREADABLE,
      ],
      ...bodyErrors,
      ...limited,
    },
  }),
  'get /auth/{provider}/callback': authentication('Log in through a provider', {
    description: 'The last step of a login that starts at `/connect/{provider}`.',
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
  'post /auth/reset-password': authentication('Set a new password with the code from the e-mail', {
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
    description: `The path in Strapi's refresh mode; the same as \`/token/refresh\`. ${refresh.description}`,
  },
  'post /auth/logout': {
    tag: 'Tokens',
    summary: 'Log out',
    description:
      'Ends the session of the refresh token (cookie or body). Without a valid one it ends the session of ' +
      'the access token. Succeeds as well if the session has ended before (RFC 7009). Clears the cookie.',
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
    summary: 'List your live sessions',
    description: 'The current session comes first, then the newest login.',
    authentication: 'accessToken',
    errors: { 401: ['Unauthorized', BAD_ACCESS_TOKEN] },
  },
  'delete /auth/sessions': {
    tag: 'Sessions',
    summary: 'End all your sessions except the current one',
    authentication: 'accessToken',
    errors: { 401: ['Unauthorized', BAD_ACCESS_TOKEN] },
  },
  'delete /auth/sessions/{sessionId}': {
    tag: 'Sessions',
    summary: 'End one of your sessions',
    authentication: 'accessToken',
    errors: {
      401: ['Unauthorized', BAD_ACCESS_TOKEN],
      404: ['Session not found'],
    },
  },
};

const ofKeys: Readonly<Record<string, OperationNotes>> = {
  'get /.well-known/jwks.json': {
    tag: 'Keys',
    summary: 'Get the public keys of access tokens',
    description:
      'A JSON Web Key Set (RFC 7517), to be cached for five minutes. Empty unless ' +
      '`ACCESS_TOKEN_PRIVATE_KEY` or `ACCESS_TOKEN_PUBLIC_KEYS` is set.',
    authentication: 'nobody',
    errors: {},
  },
};

const ofStrapi: Readonly<Record<string, OperationNotes>> = {
  'get /connect/{provider}': authentication('Start a login through a provider', {
    errors: { 400: ['This provider is disabled'], ...limited },
  }),
  'post /auth/forgot-password': authentication('Request the e-mail with the reset code', {
    errors: { 400: [UNREADABLE], ...bodyErrors, ...limited },
  }),
  'get /auth/email-confirmation': authentication('Confirm an e-mail address', {
    errors: { 400: ['Invalid token'] },
  }),
  'post /auth/send-email-confirmation': authentication('Request the confirmation e-mail again', {
    errors: { 400: ['Already confirmed', 'User blocked', UNREADABLE], ...bodyErrors, ...limited },
  }),
  ...Object.fromEntries(
    [
      ['Users', 'get /users/me', 'Show the logged-in user'],
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
      ['Roles', 'get /users-permissions/permissions', 'List the available permissions'],
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

/** The notes by method and path. */
export const operationNotes: Readonly<Record<string, OperationNotes>> = {
  ...ofThisProject,
  ...ofKeys,
  ...ofStrapi,
};
