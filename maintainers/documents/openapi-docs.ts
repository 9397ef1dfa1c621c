import {
  refusalCodes,
  STRAPI_CODES,
} from '../../src/extensions/users-permissions/refresh-tokens/http/refusals';
import { correctGenerated, referTo, type Json } from './openapi-corrections';
import { operationNotes, tags, type OperationNotes } from './openapi-notes';

const DESCRIPTION = [
  'Short-lived access tokens and rotating refresh tokens for Strapi’s users-permissions plugin.',
  'In cookie transport (the default) the server sends the refresh token in an `HttpOnly` cookie. In body ' +
    'transport it is the field `refreshToken` of the body.',
  'Responses may get more fields in later versions.',
].join('\n\n');

const ERROR = {
  type: 'object',
  description: 'The body of every error response.',
  properties: {
    data: { type: 'null' },
    error: {
      type: 'object',
      properties: {
        status: { type: 'integer', description: 'The HTTP status' },
        name: { type: 'string' },
        message: { type: 'string' },
        details: {
          type: 'object',
          additionalProperties: true,
          properties: {
            code: {
              type: 'string',
              enum: [
                ...new Set([...refusalCodes, ...Object.values(STRAPI_CODES), 'invalid-input']),
              ],
              description:
                'What clients compare, instead of `message`. docs/clients.md lists the codes.',
            },
          },
        },
      },
      required: ['status', 'name', 'message'],
    },
  },
  required: ['data', 'error'],
};

const headers = {
  'Set-Cookie': {
    description:
      'In cookie transport: sets the refresh token, or clears it (`Max-Age=0`). The default attributes ' +
      'are `HttpOnly`, `Path=/api`, `SameSite=Lax`, and in production `Secure`.',
    schema: { type: 'string' },
  },
  'Cache-Control': {
    description: 'Tokens must not be stored by caches',
    schema: { const: 'no-store' },
  },
  'Retry-After': { description: 'The time to wait, in seconds', schema: { type: 'integer' } },
};

const headerReferences = (...names: (keyof typeof headers)[]): Json =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

const TRANSPORT_PARAMETER = {
  name: 'x-strapi-refresh-cookie',
  in: 'header',
  required: false,
  description:
    '`none`: a login returns the refresh token in the body (for a native app). `httpOnly`: a login, or a ' +
    'refresh with the token in the body, returns it in the cookie. Without this header a login uses ' +
    '`REFRESH_TOKEN_TRANSPORT`, and a refresh returns the token the way it came.',
  schema: { enum: ['none', 'httpOnly'] },
};

const IDEMPOTENCY_KEY_PARAMETER = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'A random string that belongs to the refresh token: 22 to 128 printable ASCII characters without ' +
    'spaces. Send the same key with each retry: the server then returns the same successor again, as long ' +
    'as that is the current token. Double quotes around the key are ignored.',
  schema: { type: 'string', pattern: '^[\\x21-\\x7E]{22,130}$' },
};

const security: Readonly<Record<OperationNotes['authentication'], Json[]>> = {
  nobody: [],
  accessToken: [{ bearerAuth: [] }],
  // `{}`: OpenAPI has no security scheme for a token in the body.
  refreshToken: [{ refreshCookie: [] }, {}],
  refreshOrAccessToken: [{ refreshCookie: [] }, { bearerAuth: [] }, {}],
};

const errorResponse = (description: string): Json => ({
  description,
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
});

const isError = (status: string): boolean => Number(status) >= 400;

/** Returns the errors in the notes and a 500. Without notes: the errors that Strapi's generator lists. */
const errorResponses = (responses: Json, notes: OperationNotes): Json => {
  const listed = Object.entries(responses).filter(([status]) => isError(status));
  const descriptions = notes.errors
    ? Object.entries({ ...notes.errors, 500: ['Internal Server Error'] }).map(
        ([status, messages]) =>
          [status, messages.map((message) => `\`${message}\``).join(' · ')] as const,
      )
    : listed.map(([status, { description }]) => [status, description as string] as const);
  return Object.fromEntries(
    descriptions.map(([status, text]) => [
      status,
      status === '429'
        ? { ...errorResponse(text), headers: headerReferences('Retry-After') }
        : errorResponse(text),
    ]),
  );
};

const successResponses = (responses: Json, notes: OperationNotes): Json =>
  Object.fromEntries(
    Object.entries<Json>(responses)
      .filter(([status]) => !isError(status))
      .map(([status, response]) => [
        status,
        notes.touchesCookie
          ? { ...response, headers: headerReferences('Cache-Control', 'Set-Cookie') }
          : response,
      ]),
  );

const isBodyRequired = ({ content }: Json): boolean =>
  (content['application/json'].schema.required ?? []).length > 0;

const describe = (operation: Json, notes: OperationNotes): Json => ({
  tags: [notes.tag],
  summary: notes.summary,
  // `JSON.stringify` leaves it out if it is undefined.
  description: notes.description,
  security: security[notes.authentication],
  operationId: operation.operationId,
  parameters: [
    ...operation.parameters,
    ...(notes.choosesTransport ? [TRANSPORT_PARAMETER] : []),
    ...(notes.takesIdempotencyKey ? [IDEMPOTENCY_KEY_PARAMETER] : []),
  ],
  ...(operation.requestBody && {
    requestBody: { required: isBodyRequired(operation.requestBody), ...operation.requestBody },
  }),
  responses: {
    ...successResponses(operation.responses, notes),
    ...errorResponses(operation.responses, notes),
  },
});

const notesOf = (name: string): OperationNotes => {
  const notes = operationNotes[name];
  if (!notes) throw new Error(`openapi-notes.ts has no notes for ${name}`);
  return notes;
};

const describePaths = (paths: Json): Json =>
  Object.fromEntries(
    Object.entries<Json>(paths)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([path, item]) => [
        path,
        Object.fromEntries(
          Object.entries<Json>(item).map(([method, operation]) => [
            method,
            describe(operation, notesOf(`${method} ${path}`)),
          ]),
        ),
      ]),
  );

/** Returns the schema of the 200 response to a GET request. */
const responseSchemaOf = (document: Json, path: string): Json =>
  document.paths[path].get.responses[200].content['application/json'].schema;

/**
 * Renders `docs/openapi.json`.
 *
 * @param generated the output of Strapi's generator
 */
export const renderOpenApi = (generated: object): string => {
  const corrected = correctGenerated(generated as Json);
  const schemas = { User: responseSchemaOf(corrected, '/users/me') };
  const { paths } = referTo({ paths: corrected.paths }, schemas);
  const document = {
    openapi: corrected.openapi,
    info: { ...corrected.info, description: DESCRIPTION },
    servers: corrected.servers,
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    security: corrected.security,
    paths: describePaths(paths),
    components: {
      securitySchemes: corrected.components.securitySchemes,
      headers,
      schemas: { ...schemas, Error: ERROR },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
};
