import fc from 'fast-check';
import type { RawRequest } from './raw-http';
import { content, type Content, type Header } from './bodies';
import { headers } from './requests';
import { text as anyText, wellFormed, type FuzzTokens } from './tokens';

export interface FuzzRoute {
  readonly method: string;
  /** With parameters, such as `/api/users/:id`. */
  readonly path: string;
}

/** The rows that the requests of a batch may change or delete, and the tokens that they send. */
export interface Prey extends FuzzTokens {
  readonly adminToken: string;
  readonly apiToken: string;
  /** The ids of a user, a role, a role of administrators, an administrator, a file and so on. */
  readonly ids: readonly string[];
  readonly documentIds: readonly string[];
}

/** Routes that a request must not reach, with the reason. */
const LEFT_OUT: readonly (readonly [RegExp, string])[] = [
  [/^(POST|PUT|DELETE) \/content-type-builder\//, 'changes the code of the project'],
  [/^(POST|PUT|DELETE) \/content-manager\/single-types\//, 'changes the first row of any type'],
  [/^(POST|PUT) \/admin\/webhooks/, 'sends requests to other servers'],
  [/^GET \/admin\/license-trial-time-left/, 'sends requests to other servers'],
  [/^POST \/(api\/)?email/, 'sends e-mails'],
  [/^POST \/upload\/actions\/upload-from-urls/, 'sends requests to other servers'],
  [/^PUT \/users-permissions\/(advanced|providers|email-templates)/, 'changes what others rely on'],
  [
    /^POST \/admin\/logout|^DELETE \/admin\/users\/me\/sessions/,
    'ends the session of this administrator',
  ],
];

/** Returns whether the test may send requests to a route. */
export const isFuzzed = ({ method, path }: FuzzRoute): boolean =>
  !LEFT_OUT.some(([pattern]) => pattern.test(`${method} ${path}`));

type FromPrey<Value> = (prey: Prey) => Value;

const MODELS = [
  'plugin::users-permissions.user',
  'plugin::users-permissions.role',
  'plugin::users-permissions.session',
  'plugin::upload.file',
  'api::photo.photo',
  'admin::user',
];

/** Values that are wrong wherever they are. None is the id of a row: that could belong to the bystander. */
const HOSTILE = [
  'abc',
  '0',
  '-1',
  '1.5',
  '99999999999',
  '9'.repeat(30),
  'NaN',
  'null',
  'undefined',
  '__proto__',
  'constructor',
  'toString',
  '[object Object]',
  'true',
  '*',
  "'",
  '%',
  '🍪',
  'x'.repeat(300),
  '$in',
  '../../etc/passwd',
  '1970-99-99',
];

const hostile = fc.oneof(fc.constantFrom(...HOSTILE), anyText.map(wellFormed));

const fromHostile: fc.Arbitrary<FromPrey<string>> = hostile.map((value) => () => value);

const ofPrey: fc.Arbitrary<FromPrey<string>> = fc
  .tuple(fc.boolean(), fc.nat())
  .map(([isDocument, index]) => ({ ids, documentIds }) => {
    const list = isDocument ? documentIds : ids;
    return list[index % list.length] ?? '';
  });

const parameter = fc.oneof(
  { weight: 3, arbitrary: ofPrey },
  { weight: 2, arbitrary: fc.constantFrom(...MODELS).map((model) => () => model) },
  { weight: 3, arbitrary: fromHostile },
);

const placeholder = fc.record({
  value: parameter,
  model: fc.constantFrom(...MODELS),
  isModel: fc.nat({ max: 3 }).map((draw) => draw > 0),
  isEncoded: fc.nat({ max: 3 }).map((draw) => draw > 0),
});

/** Fills the parameters of a path. One in four values is sent as it is, the others percent-encoded. */
const pathOf = (path: string): fc.Arbitrary<FromPrey<string>> =>
  fc.tuple(placeholder, placeholder, placeholder).map((placeholders) => (prey) => {
    const remaining = [...placeholders];
    return path.replace(/:[a-zA-Z]+|\([^/]*\)/g, (name) => {
      const { value, model, isModel, isEncoded } = remaining.shift() ?? placeholders[0];
      // Mostly a type where one belongs: else nearly every request would end there.
      const text = isModel && /^:(model|uid|contentType)$/.test(name) ? model : value(prey);
      return isEncoded ? encodeURIComponent(text) || 'none' : text.replace(/[^!-~]|[?#]/g, '_');
    });
  });

const FIELDS = ['id', 'documentId', 'username', 'name', 'email', 'role', 'createdAt', 'createdBy'];
const FIELDS_AND_MORE = [
  ...FIELDS,
  'title',
  'users',
  'files',
  'locale',
  'constructor',
  '__proto__',
];
const OPERATORS = [
  '$and',
  '$or',
  '$not',
  '$eq',
  '$in',
  '$gt',
  '$between',
  '$contains',
  '$null',
  '$x',
];

const step = fc.constantFrom(...FIELDS_AND_MORE, ...OPERATORS, '', '0', '1', 'x');

/** `filters[role][$in][]=abc`, `sort=__proto__`, `pagination[page]=1.5` and the like. */
const queryPart = fc
  .record({
    name: fc.constantFrom(
      ...['filters', 'sort', 'fields', 'populate', 'pagination', 'locale', 'status', '_q', 'where'],
      ...['page', 'pageSize', 'start', 'limit', 'ids', 'documentIds', 'folder', 'user', 'older'],
    ),
    steps: fc.array(step, { maxLength: 4 }),
    value: fc.oneof(
      fromHostile,
      ofPrey,
      fc.constantFrom(...FIELDS_AND_MORE, 'asc', 'username:asc', '1', '*').map((v) => () => v),
    ),
  })
  .map(
    ({ name, steps, value }): FromPrey<string> =>
      (prey) =>
        `${name}${steps.map((each) => `[${each}]`).join('')}=${encodeURIComponent(value(prey))}`,
  );

const query = fc
  .array(queryPart, { maxLength: 3 })
  .map(
    (parts) => (prey: Prey) => (parts.length > 0 ? `?${parts.map((p) => p(prey)).join('&')}` : ''),
  );

const { value: jsonBody } = fc.letrec<{ value: FromPrey<unknown>; object: FromPrey<unknown> }>(
  (tie) => ({
    object: fc
      .dictionary(
        fc.constantFrom(
          ...FIELDS_AND_MORE,
          ...[
            'data',
            'password',
            'permissions',
            'type',
            'description',
            'connect',
            'confirmed',
            'ids',
          ],
          ...['documentIds', 'fileIds', 'folderIds', 'roles', 'firstname', 'isActive', 'lifespan'],
          ...[
            'actions',
            'settings',
            'layouts',
            'metadatas',
            'contentTypeUID',
            'field',
            'code',
            'value',
          ],
        ),
        tie('value'),
        { maxKeys: 5 },
      )
      .map(
        (fields) => (prey: Prey) =>
          Object.fromEntries(Object.entries(fields).map(([name, make]) => [name, make(prey)])),
      ),
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fromHostile,
      ofPrey,
      fc.constantFrom<unknown>(null, true, false, -1, 0.5, 1e300, [], {}).map((v) => () => v),
      tie('object'),
      fc
        .array(tie('value'), { maxLength: 3 })
        .map((list) => (prey: Prey) => list.map((make) => make(prey))),
    ),
  }),
);

const json: fc.Arbitrary<FromPrey<Content>> = jsonBody.map((make) => (prey) => ({
  headers: [['Content-Type', 'application/json']],
  body: Buffer.from(JSON.stringify(make(prey))),
}));

const actor: fc.Arbitrary<FromPrey<Header[]>> = fc
  .constantFrom<FromPrey<string | null>>(
    () => null,
    ({ accessToken }) => accessToken,
    ({ accessToken }) => accessToken,
    ({ refreshToken }) => refreshToken,
    ({ apiToken }) => apiToken,
    ({ adminToken }) => adminToken,
    ({ adminToken }) => adminToken,
    ({ adminToken }) => `${adminToken}x`,
  )
  .map((tokenOf) => (prey) => {
    const token = tokenOf(prey);
    return token === null ? [] : [['Authorization', `Bearer ${token}`]];
  });

const sender: fc.Arbitrary<FromPrey<Header[]>> = fc.oneof(
  { weight: 4, arbitrary: actor },
  { weight: 1, arbitrary: headers },
);

const body: fc.Arbitrary<FromPrey<Content>> = fc.oneof(
  { weight: 3, arbitrary: json },
  { weight: 1, arbitrary: content },
);

/** Requests to all given routes: with every kind of token, hostile parameters and malformed bodies. */
export const everyRoute = (
  routes: readonly FuzzRoute[],
): fc.Arbitrary<(prey: Prey) => RawRequest> =>
  fc
    .constantFrom(...routes)
    .chain(({ method, path }) =>
      fc.record({
        method: fc.constant(method),
        path: pathOf(path),
        query,
        sender,
        body,
      }),
    )
    .map((parts) => (prey) => {
      const { headers: contentHeaders, body: bytes } = parts.body(prey);
      return {
        method: parts.method,
        path: `${parts.path(prey)}${parts.query(prey)}`,
        headers: [...contentHeaders, ...parts.sender(prey)],
        body: bytes,
      };
    });
