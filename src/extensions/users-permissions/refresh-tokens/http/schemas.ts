import { z } from 'zod';
import { sessionIdSchema } from '../core/session';

/**
 * Schemas of the requests and responses. Strapi's OpenAPI generator reads them from the routes
 * (docs/openapi.json). Strapi does not validate bodies with them, so the actions parse each field.
 */

/** With `null` or an empty string the cookie is read, as without the field. */
const refreshToken = z
  .string()
  .nullish()
  .describe('The refresh token of a client that keeps it by itself. A browser sends its cookie.');

/** The `Idempotency-Key` of a refresh. The draft quotes it; with and without quotes it is the same key. */
export const idempotencyKey = z
  .string()
  .transform((header) => /^"(.*)"$/.exec(header)?.[1] ?? header)
  .pipe(z.string().regex(/^[\x21-\x7E]{22,128}$/));

export const refreshBody = z.object({ refreshToken });

export const logoutBody = z.object({
  refreshToken,
  scope: z
    .enum(['session', 'all'])
    .nullish()
    .describe('`all` ends every session of the user, `session` (as without it) this one.'),
});

/** Strapi's own word, in the login of its admin panel. */
export const rememberMe = z
  .boolean()
  .optional()
  .describe(
    '`false`: the cookie ends with the browser, and the session after `BROWSER_SESSION_EXPIRES`.',
  );

/** Returns Strapi's schema of a login or registration with `rememberMe` added. */
export const withRememberMe = (body: z.ZodType): z.ZodType =>
  body instanceof z.ZodObject ? body.extend({ rememberMe }) : body;

export const sessionParams = {
  sessionId: sessionIdSchema.describe('`id` in the list of sessions'),
};

const accessToken = z.string().describe('Access token, for `Authorization: Bearer`');
const nextRefreshToken = z
  .string()
  .optional()
  .describe('In body transport only; otherwise it is in the cookie');

export const refreshResponse = z.object({ jwt: accessToken, refreshToken: nextRefreshToken });

export const logoutResponse = z.object({ ok: z.literal(true) });

const time = z.iso.datetime();

export const sessionsResponse = z.object({
  data: z.array(
    z.object({
      id: sessionIdSchema,
      deviceName: z.string().nullable(),
      userAgent: z.string().nullable(),
      ipAddress: z.string().nullable(),
      loginAt: time,
      lastUsedAt: time,
      expiresAt: time.describe('The idle end: it moves with each refresh'),
      impersonatedBy: z
        .string()
        .nullable()
        .describe("Who started it in the user's place; null for the user's own logins"),
      current: z.boolean().describe('Whether this request belongs to it'),
    }),
  ),
});

export const revokeSessionResponse = z.object({ data: z.object({}) });

export const revokeOtherSessionsResponse = z.object({
  data: z.object({ revoked: z.int().min(0) }),
});

/** A JSON Web Key Set (RFC 7517). */
export const keySetResponse = z.object({
  keys: z.array(
    z.object({
      kty: z.enum(['EC', 'RSA']),
      kid: z.string().describe('The RFC 7638 thumbprint; the header of an access token has it'),
      alg: z.enum(['ES256', 'RS256']),
      use: z.literal('sig'),
      crv: z.literal('P-256').optional(),
      x: z.string().optional(),
      y: z.string().optional(),
      n: z.string().optional(),
      e: z.string().optional(),
    }),
  ),
});

/**
 * Returns the response schemas of the routes that log a user in, by method and path.
 *
 * @param user Strapi's schema of a user in a response
 */
export const loginResponses = (user: z.ZodType): Readonly<Record<string, z.ZodType>> => {
  const authenticated = z.object({
    status: z.literal('Authenticated'),
    jwt: accessToken,
    refreshToken: nextRefreshToken,
    user,
  });
  return {
    'POST /auth/local': authenticated,
    // Only the user, while the e-mail address has to be confirmed.
    'POST /auth/local/register': z.union([authenticated, z.object({ user })]),
    'GET /auth/:provider/callback': authenticated,
    'POST /auth/change-password': authenticated,
    'POST /auth/reset-password': authenticated,
  };
};
