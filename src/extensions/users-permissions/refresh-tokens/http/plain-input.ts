import castArray from 'lodash/castArray';
import get from 'lodash/get';
import has from 'lodash/has';
import isEmpty from 'lodash/isEmpty';
import isPlainObject from 'lodash/isPlainObject';
import isString from 'lodash/isString';
import pick from 'lodash/pick';
import type { Next } from 'koa';
import type { StrapiKoaContext } from '../shapes';
import { refusal } from './refusals';
import { toWrongValue } from './wrong-values';

/** Deeper than the documents of Strapi's editors, and no problem for the code behind this. */
const MAXIMUM_DEPTH = 100;

/** RFC 5321, section 4.5.3.1.3. The column has 255 characters; PostgreSQL and MySQL reject longer text. */
const MAXIMUM_EMAIL_LENGTH = 254;

const checkText = (text: string): void => {
  if (text.includes('\0')) throw refusal('nul-in-text');
  if (!text.isWellFormed()) throw refusal('malformed-text');
};

/**
 * Checks every string in a value, names of fields included (design section 6, bad input):
 *
 * - half a surrogate pair (`"\ud800"` in JSON): bcryptjs 2.4.3, with which Strapi hashes passwords, loops
 *   on it until the process runs out of memory. One anonymous login would end it.
 * - a NUL: PostgreSQL rejects the statement, which is a 500.
 * - a value that is nested too deeply: recursive code overflows the stack, and Strapi's sentence about a
 *   field that should be text quotes 10,000 levels with hundreds of megabytes.
 *
 * @throws an error that Strapi turns into a 400
 */
export const checkPlainText = (value: unknown): void => {
  // Level by level: recursion would overflow the stack on the input that it has to find.
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAXIMUM_DEPTH) throw refusal('input-too-deep');
    const next: unknown[] = [];
    for (const entry of level) {
      if (typeof entry === 'string') checkText(entry);
      if (typeof entry !== 'object' || entry === null) continue;
      for (const [name, child] of Object.entries(entry)) {
        checkText(name);
        next.push(child);
      }
    }
    level = next;
  }
};

const fieldNames = (fields: unknown): string[] =>
  castArray(fields)
    .filter(isString)
    .flatMap((names) => names.split(','))
    .map((name) => name.trim());

const isPaging = (name: string): boolean => /^(start|limit|page|pageSize)$/.test(name);

/**
 * Checks the parts of a query from which Strapi builds SQL that every database refuses: a list of filters and a
 * field that each object inherits ("constructor") are columns that do not exist, and MySQL's syntax has no
 * numbers of this size. The depth was checked before.
 */
const checkQuery = (query: unknown): void => {
  if (typeof query !== 'object' || query === null) return;
  for (const [name, value] of Object.entries(query)) {
    const isWrong =
      (name === 'filters' && Array.isArray(value)) ||
      (name === 'fields' && fieldNames(value).some((field) => field in Object.prototype)) ||
      (isPaging(name) && Number(value) > Number.MAX_SAFE_INTEGER);
    if (isWrong) throw refusal('wrong-value');
    checkQuery(value);
  }
};

/**
 * What the lists of uploaded files and of administrators pass on to the builder of queries as it is, without the checks
 * that `filters` and `sort` get: `where[createdBy][password][$startsWith]` would read the hash of an administrator.
 */
const UNCHECKED = ['where', 'select', 'orderBy', 'groupBy', 'offset'];

const checkUncheckedQuery = ({ path, query }: StrapiKoaContext): void => {
  if (/^\/(admin|upload)\/|\/upload\/files(\/|$)/.test(path) && !isEmpty(pick(query, UNCHECKED))) {
    throw refusal('wrong-value');
  }
};

/** Koa's router decodes the route parameters later, and `strapi::public` the whole path. */
const decodedPathOf = ({ path }: StrapiKoaContext): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    throw refusal('malformed-text');
  }
};

/** The names that a client chose for its files. The parser of multipart forms can put a NUL in them. */
const fileNamesOf = ({ request }: StrapiKoaContext): unknown[] =>
  Object.values(request.files ?? {})
    .flat()
    .map(({ originalFilename }) => originalFilename);

/** Strapi's content-type builder takes a name that each object inherits for that of a type. */
const checkTypeInPath = (path: string): void => {
  const [, name] = /\/content-type-builder\/[\w-]+\/([^/]+)$/.exec(path) ?? [];
  if (name && name in Object.prototype) throw refusal('unknown-id');
};

/** Whether the path belongs to the admin panel: to `@strapi/admin`, or to a plugin that adds routes there. */
const isOfAdminPanel = ({ path }: StrapiKoaContext): boolean => {
  const [, name = ''] = path.split('/');
  return name === 'admin' || has(strapi.plugin(name), 'routes.admin');
};

/**
 * Refuses bad text in the path, the query and the body of any request, on every route, the admin's
 * included, and values that are wrong otherwise. Headers need no check: Node refuses a NUL in them, and reads
 * each byte as one character.
 *
 * @throws an error that Strapi turns into a 400
 */
export const requirePlainText = async (ctx: StrapiKoaContext, next: Next): Promise<void> => {
  // Actions of the admin panel read fields of a body without asking whether there is one, or what it is.
  if (isOfAdminPanel(ctx)) ctx.request.body ??= {};
  if (ctx.path.startsWith('/content-manager/') && !isPlainObject(ctx.request.body)) {
    throw refusal('body-not-plain');
  }
  const path = decodedPathOf(ctx);
  checkText(path);
  checkTypeInPath(path);
  checkPlainText(ctx.query);
  checkPlainText(ctx.request.body);
  checkPlainText(fileNamesOf(ctx));
  checkQuery(ctx.query);
  checkUncheckedQuery(ctx);
  try {
    await next();
  } catch (error) {
    throw toWrongValue(error, ctx);
  }
};

/**
 * Refuses a body that is not an object, or with an e-mail address that is too long for its column, on
 * routes whose actions are Strapi's. They check neither and would respond with 500.
 *
 * @throws an error that Strapi turns into a 400
 */
export const requirePlainBody = async (ctx: StrapiKoaContext, next: Next): Promise<void> => {
  const body: unknown = ctx.request.body;
  if (!isPlainObject(body)) throw refusal('body-not-plain');
  const { email } = body as { email?: unknown };
  // Strapi stores it in lower case, which can be longer: "İ" becomes two characters.
  if (typeof email === 'string' && email.toLowerCase().length > MAXIMUM_EMAIL_LENGTH) {
    throw refusal('email-too-long');
  }
  await next();
};

/** The largest integer of the column on PostgreSQL and MySQL. */
const MAXIMUM_ID = 2 ** 31 - 1;

const isId = (id: unknown): boolean => /^\d+$/.test(String(id)) && Number(id) <= MAXIMUM_ID;

/**
 * Refuses the path of a user or a role whose id is no number. PostgreSQL would respond with an error, and MySQL
 * takes "1st" for 1.
 *
 * @throws an error that Strapi turns into a 404
 */
export const requireNumericId = async (ctx: StrapiKoaContext, next: Next): Promise<void> => {
  const { id, role } = ctx.params as { id?: string; role?: string };
  if (!isId(id ?? role)) throw refusal('unknown-id');
  await next();
};

/**
 * Refuses the ids of relations that are no numbers, when Strapi counts whether they exist, inside the transaction of a
 * change. On PostgreSQL that statement would fail, Strapi would ignore why, and every later statement of the
 * transaction would fail with another error: a 500.
 */
export const requireNumericRelations = ({ params }: { params: { where?: unknown } }): void => {
  const ids: unknown = get(params.where, 'id.$in');
  if (Array.isArray(ids) && !ids.every(isId)) throw refusal('wrong-value');
};
