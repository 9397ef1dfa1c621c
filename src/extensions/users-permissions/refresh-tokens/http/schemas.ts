import { z } from 'zod';
import { sessionIdSchema } from '../core/session';

/**
 * What our routes take and give. The routes carry these schemas, so that Strapi's generator can
 * describe them (docs/openapi.json); the actions read with the same ones, field by field, since
 * Strapi checks no body by itself.
 */

/** A field that is `null` or empty counts as none: then the cookie is looked at. */
const refreshToken = z
  .string()
  .nullish()
  .describe('The refresh token of a client that keeps it by itself. A browser sends its cookie.');

/**
 * The `Idempotency-Key` of a refresh. The draft writes it as a quoted string; many clients leave the
 * quotes out, and it is the same key.
 */
export const idempotencyKey = z
  .string()
  .transform((header) => /^"(.*)"$/.exec(header)?.[1] ?? header)
  .pipe(z.string().regex(/^[\x21-\x7E]{22,128}$/));

/** Body of a refresh. */
export const refreshBody = z.object({ refreshToken });

/** Body of a logout. */
export const logoutBody = z.object({
  refreshToken,
  scope: z
    .enum(['session', 'all'])
    .nullish()
    .describe('`all` ends every session of the user, `session` (as without it) this one.'),
});

/** Path parameters of one's own session. */
export const sessionParams = {
  sessionId: sessionIdSchema.describe('`id` in the list of sessions'),
};

const accessToken = z.string().describe('Access token, for `Authorization: Bearer`');
const nextRefreshToken = z
  .string()
  .optional()
  .describe('In body transport only; otherwise it is in the cookie');

/** Answer of a refresh. */
export const refreshAnswer = z.object({ jwt: accessToken, refreshToken: nextRefreshToken });

/** Answer of a logout. */
export const logoutAnswer = z.object({ ok: z.literal(true) });

const time = z.iso.datetime();

/** Answer of the list of sessions. */
export const sessionsAnswer = z.object({
  data: z.array(
    z.object({
      id: sessionIdSchema,
      deviceName: z.string().nullable(),
      userAgent: z.string().nullable(),
      ipAddress: z.string().nullable(),
      loginAt: time,
      lastUsedAt: time,
      expiresAt: time.describe('The idle end: it moves with each refresh'),
      current: z.boolean().describe('Whether this request belongs to it'),
    }),
  ),
});

/** Answer when one session has been revoked. */
export const revokedAnswer = z.object({ data: z.object({}) });

/** Answer when all other sessions have been revoked. */
export const revokedOthersAnswer = z.object({ data: z.object({ revoked: z.int().min(0) }) });

/**
 * Answers of the actions that log somebody in, by route.
 *
 * @param user what Strapi shows of a user
 */
export const loginAnswers = (user: z.ZodType): Readonly<Record<string, z.ZodType>> => {
  const authenticated = z.object({
    status: z.literal('Authenticated'),
    jwt: accessToken,
    refreshToken: nextRefreshToken,
    user,
  });
  return {
    'POST /auth/local': authenticated,
    // With e-mail confirmation on, nobody is logged in yet.
    'POST /auth/local/register': z.union([authenticated, z.object({ user })]),
    'GET /auth/:provider/callback': authenticated,
    'POST /auth/change-password': authenticated,
    'POST /auth/reset-password': authenticated,
  };
};
