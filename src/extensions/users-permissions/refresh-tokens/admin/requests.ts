import { errors } from '../strapi-errors';
import { z } from 'zod';
import { SESSION_STATES } from '../core/session';

/** The largest id that every database has. */
export const MAXIMUM_ID = 2 ** 31 - 1;

const PAGE_SIZE = 'must be a whole number from 1 to 100';
const pageSize = z
  .string({ message: PAGE_SIZE })
  .regex(/^(100|[1-9]\d?)$/, PAGE_SIZE)
  .transform(Number);

/** A place in the order of the list: by time of login (milliseconds), then by row id. */
export interface Place {
  readonly loginAt: number;
  readonly rowId: number;
}

/** Returns the cursor of a place; null without one. */
export const toCursor = (place: Place | undefined): string | null =>
  place ? `${place.loginAt}-${place.rowId}` : null;

const CURSOR = 'must be a cursor from an answer';
const cursor = z
  .string({ message: CURSOR })
  .regex(/^\d{1,15}-\d{1,10}$/, CURSOR)
  .transform((text): Place => {
    const [loginAt = 0, rowId = 0] = text.split('-').map(Number);
    return { loginAt, rowId };
  })
  .refine(({ rowId }) => rowId <= MAXIMUM_ID, CURSOR);

const text = z
  .string({ message: 'must be text' })
  .trim()
  .min(1, 'must not be empty: leave it out')
  .max(100, 'must not be longer than 100 characters')
  // Postgres has no text with a NUL in it.
  .refine((value) => !value.includes('\0'), 'must be text');

const USER_ID = 'must be the id or the documentId of a user';
const userId = z
  .union([z.string().regex(/^[\w-]{1,64}$/), z.number()], { message: USER_ID })
  .transform((id) => (/^\d+$/.test(String(id)) ? Number(id) : id))
  .refine(
    (id) => typeof id === 'string' || (Number.isSafeInteger(id) && id >= 1 && id <= MAXIMUM_ID),
    USER_ID,
  );

const state = z.enum(SESSION_STATES, { message: `must be one of ${SESSION_STATES.join(', ')}` });

const conditions = z.strictObject(
  {
    /** Part of a user name or an e-mail address, in any case. */
    user: text.optional(),
    /** Part of the name of a device, in any case. */
    device: text.optional(),
    /** A whole IP address. */
    address: text.toLowerCase().optional(),
    state: state.optional(),
    /** A user, by id or by document id. */
    userId: userId.optional(),
  },
  { message: 'must be an object of known fields' },
);

/** Which sessions are meant. Every condition that is set has to match. */
export type SessionFilter = Readonly<z.output<typeof conditions>>;

/** A form sends the fields that it leaves empty as well. */
const withoutEmpty = (query: unknown): unknown =>
  typeof query === 'object' && query !== null
    ? Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''))
    : query;

const listRequest = z.preprocess(
  withoutEmpty,
  conditions
    .extend({
      pageSize: pageSize.prefault('20'),
      older: cursor.optional(),
      newer: cursor.optional(),
    })
    .refine(({ older, newer }) => older === undefined || newer === undefined, {
      path: ['newer'],
      message: 'must not be given together with older',
    }),
);

const revokeRequest = z
  .strictObject(
    {
      sessionId: z.string({ message: 'must be text' }).optional(),
      userId: userId.optional(),
      filter: conditions.optional(),
      dryRun: z.boolean({ message: 'must be true or false' }).prefault(false),
    },
    { message: 'must be a JSON object of known fields' },
  )
  .refine(
    ({ sessionId, userId: user, filter }) =>
      [sessionId, user, filter].filter((target) => target !== undefined).length === 1,
    { message: 'must have exactly one of sessionId, userId and filter' },
  );

/** @throws {errors.ValidationError} whose sentences each begin with the name of a field */
const read = <Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  whole: string,
): z.output<Schema> => {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `${[...issue.path, issue.keys.join(', ')].join('.')}: is not known here`
      : `${issue.path.join('.') || whole}: ${issue.message}`,
  );
  throw new errors.ValidationError(problems.join('; '));
};

/**
 * Reads the query of a list: a filter, and the page on one side of a place, or the newest page.
 *
 * @throws {errors.ValidationError}
 */
export const readListRequest = (query: unknown) => {
  const { pageSize: size, older, newer, ...filter } = read(listRequest, query, 'query');
  const side: 'older' | 'newer' = newer ? 'newer' : 'older';
  return { filter, pageSize: size, place: newer ?? older, side };
};
export type ListRequest = ReturnType<typeof readListRequest>;

/** What to revoke: one session, or all live ones that match. */
export type RevokeTarget = { readonly sessionId: string } | { readonly filter: SessionFilter };

/**
 * Reads the body of a revocation.
 *
 * @throws {errors.ValidationError}
 */
export const readRevokeRequest = (body: unknown): { target: RevokeTarget; dryRun: boolean } => {
  const { sessionId, userId: user, filter = {}, dryRun } = read(revokeRequest, body, 'body');
  if (sessionId !== undefined) return { target: { sessionId }, dryRun };
  return { target: { filter: user === undefined ? filter : { userId: user } }, dryRun };
};
