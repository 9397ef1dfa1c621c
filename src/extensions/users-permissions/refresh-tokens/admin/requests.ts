import { z } from 'zod';
import { LIST_LIMIT, ORDER_FIELDS, type SessionFilter, type SessionOrder } from './overview';
import { SESSION_STATES } from '../core/session';

/** The largest id that every database has. */
const MAXIMUM_ID = 2 ** 31 - 1;
const MAXIMUM_PAGE_SIZE = 100;

/** What is wrong with a request, each sentence beginning with the name of the field. */
export class RequestInvalid extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.name = 'RequestInvalid';
  }
}

const wholeNumber = (maximum: number) => {
  const message = `must be a whole number from 1 to ${maximum}`;
  return z
    .string({ message })
    .regex(/^\d{1,10}$/, message)
    .transform(Number)
    .refine((number) => number >= 1 && number <= maximum, message);
};

const search = z
  .string({ message: 'must be text' })
  .trim()
  .min(1, 'must not be empty: leave it out')
  .max(100, 'must not be longer than 100 characters')
  // Postgres has no text with a NUL in it.
  .refine((text) => !text.includes('\0'), 'must be text');

const state = z.enum(SESSION_STATES, {
  message: `must be one of ${SESSION_STATES.join(', ')}`,
});

const USER_ID = 'must be the id or the documentId of a user';
const userId = z
  .union([z.string().regex(/^[\w-]{1,64}$/), z.number()], { message: USER_ID })
  .transform((id) => (/^\d+$/.test(String(id)) ? Number(id) : id))
  .refine(
    (id) => typeof id === 'string' || (Number.isSafeInteger(id) && id >= 1 && id <= MAXIMUM_ID),
    USER_ID,
  );

const ORDERS = ORDER_FIELDS.flatMap((field) => [`${field}:asc`, `${field}:desc`] as const);
const order = z
  .enum(ORDERS, { message: `must be one of ${ORDERS.join(', ')}` })
  .transform((text): SessionOrder => {
    const [field, direction] = text.split(':');
    return { field, direction } as SessionOrder;
  });

const filter = { search: search.optional(), state: state.optional(), userId: userId.optional() };

/** A form sends the fields that it leaves empty as well. */
const withoutEmpty = (query: unknown): unknown =>
  typeof query === 'object' && query !== null
    ? Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''))
    : query;

const listRequest = z
  .preprocess(
    withoutEmpty,
    z.strictObject({
      page: wholeNumber(LIST_LIMIT).prefault('1'),
      pageSize: wholeNumber(MAXIMUM_PAGE_SIZE).prefault('20'),
      sort: order.prefault('loginAt:desc'),
      ...filter,
    }),
  )
  .refine(({ page, pageSize }) => (page - 1) * pageSize < LIST_LIMIT, {
    path: ['page'],
    message: `must not lead beyond ${LIST_LIMIT} sessions: narrow the filter`,
  })
  .refine(({ sort, userId: user }) => sort.field === 'loginAt' || user !== undefined, {
    path: ['sort'],
    message: 'must be by loginAt unless userId is given',
  });

const revokeRequest = z
  .strictObject(
    {
      sessionId: z.string({ message: 'must be text' }).optional(),
      userId: userId.optional(),
      filter: z.strictObject(filter, { message: 'must be an object of known fields' }).optional(),
      dryRun: z.boolean({ message: 'must be true or false' }).prefault(false),
    },
    { message: 'must be a JSON object of known fields' },
  )
  .refine(
    ({ sessionId, userId: user, filter: matching }) =>
      [sessionId, user, matching].filter((target) => target !== undefined).length === 1,
    { message: 'must have exactly one of sessionId, userId and filter' },
  );

/** A page of the list of sessions. Pages begin at 1. */
export interface ListRequest {
  readonly page: number;
  readonly pageSize: number;
  readonly sort: SessionOrder;
  readonly filter: SessionFilter;
}

/** What to revoke: one session, or all live ones that match. */
export interface RevokeRequest {
  readonly target: { readonly sessionId: string } | { readonly filter: SessionFilter };
  /** Whether to say how many there are, and to change nothing. */
  readonly dryRun: boolean;
}

/** @throws {RequestInvalid} */
const read = <Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  whole: string,
): z.output<Schema> => {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new RequestInvalid(
    result.error.issues.map((issue) =>
      issue.code === 'unrecognized_keys'
        ? `${[...issue.path, issue.keys.join(', ')].join('.')}: is not known here`
        : `${issue.path.join('.') || whole}: ${issue.message}`,
    ),
  );
};

/**
 * Reads the query of a list.
 *
 * @throws {RequestInvalid}
 */
export const readListRequest = (query: unknown): ListRequest => {
  const { page, pageSize, sort, ...rest } = read(listRequest, query, 'query');
  return { page, pageSize, sort, filter: rest };
};

/**
 * Reads the body of a revocation.
 *
 * @throws {RequestInvalid}
 */
export const readRevokeRequest = (body: unknown): RevokeRequest => {
  const {
    sessionId,
    userId: user,
    filter: matching = {},
    dryRun,
  } = read(revokeRequest, body, 'body');
  if (sessionId !== undefined) return { target: { sessionId }, dryRun };
  return { target: { filter: user === undefined ? matching : { userId: user } }, dryRun };
};
