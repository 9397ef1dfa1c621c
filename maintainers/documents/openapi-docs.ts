import { correctGenerated, referTo, type Json } from './openapi-corrections';
import { operationNotes, tags, type OperationNotes } from './openapi-notes';

const DESCRIPTION = [
  'Short-lived access tokens and rotating refresh tokens for Strapi’s users-permissions plugin.',
  'In cookie transport (the default) the refresh token is in an `HttpOnly` cookie and never in a ' +
    'body; in body transport it is the field `refreshToken`.',
  'Unknown fields may appear in answers.',
].join('\n\n');

const ERROR = {
  type: 'object',
  description: 'Every refusal and fault has this shape.',
  properties: {
    data: { type: 'null' },
    error: {
      type: 'object',
      properties: {
        status: { type: 'integer', description: 'The status of the answer' },
        name: { type: 'string' },
        message: { type: 'string' },
        details: { type: 'object' },
      },
      required: ['status', 'name', 'message'],
    },
  },
  required: ['data', 'error'],
};

const headers = {
  'Set-Cookie': {
    description:
      'In cookie transport: the refresh token, or what makes a browser forget ' +
      'it (`Max-Age=0`). `HttpOnly`, `Path=/api`, ' +
      '`SameSite=Lax`, in production `Secure`.',
    schema: { type: 'string' },
  },
  'Cache-Control': { description: 'Tokens are for nobody else', schema: { const: 'no-store' } },
  'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer' } },
};

const headerReferences = (...names: (keyof typeof headers)[]): Json =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

const TRANSPORT_PARAMETER = {
  name: 'x-strapi-refresh-cookie',
  in: 'header',
  required: false,
  description:
    '`none`: on a server with cookie transport, a login answers with the refresh token in the body, ' +
    'for a native app. `httpOnly`: on a server with body transport, it comes in the cookie.',
  schema: { enum: ['none', 'httpOnly'] },
};

const IDEMPOTENCY_KEY_PARAMETER = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Random, made before the request is sent and sent again with each retry of it, so that a lost ' +
    'answer can be fetched however late. With or without quotes it is the same key.',
  schema: { type: 'string', pattern: '^[\\x21-\\x7E]{22,130}$' },
};

const security: Readonly<Record<OperationNotes['authentication'], Json[]>> = {
  nobody: [],
  accessToken: [{ bearerAuth: [] }],
  // `{}`: the refresh token in the body is no scheme that OpenAPI knows.
  refreshToken: [{ refreshCookie: [] }, {}],
  refreshOrAccessToken: [{ refreshCookie: [] }, { bearerAuth: [] }, {}],
};

const errorAnswer = (description: string): Json => ({
  description,
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
});

const isError = (status: string): boolean => Number(status) >= 400;

/** The refusals that the notes list, or else those that Strapi lists; a fault is always possible. */
const errorAnswers = (responses: Json, notes: OperationNotes): Json => {
  const listed = Object.entries(responses).filter(([status]) => isError(status));
  const sentences = notes.errors
    ? Object.entries({ ...notes.errors, 500: ['Internal Server Error'] }).map(
        ([status, messages]) =>
          [status, messages.map((message) => `\`${message}\``).join(' · ')] as const,
      )
    : listed.map(([status, { description }]) => [status, description as string] as const);
  return Object.fromEntries(
    sentences.map(([status, text]) => [
      status,
      status === '429'
        ? { ...errorAnswer(text), headers: headerReferences('Retry-After') }
        : errorAnswer(text),
    ]),
  );
};

const successAnswers = (responses: Json, notes: OperationNotes): Json =>
  Object.fromEntries(
    Object.entries<Json>(responses)
      .filter(([status]) => !isError(status))
      .map(([status, answer]) => [
        status,
        notes.touchesCookie
          ? { ...answer, headers: headerReferences('Cache-Control', 'Set-Cookie') }
          : answer,
      ]),
  );

const isBodyRequired = ({ content }: Json): boolean =>
  (content['application/json'].schema.required ?? []).length > 0;

const describe = (operation: Json, notes: OperationNotes): Json => ({
  tags: [notes.tag],
  summary: notes.summary,
  // JSON leaves it out where it is undefined.
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
    ...successAnswers(operation.responses, notes),
    ...errorAnswers(operation.responses, notes),
  },
});

const notesOf = (name: string): OperationNotes => {
  const notes = operationNotes[name];
  if (!notes) throw new Error(`openapi-notes.ts says nothing about ${name}`);
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

/** The schema of what an operation answers with 200. */
const answerOf = (document: Json, path: string): Json =>
  document.paths[path].get.responses[200].content['application/json'].schema;

/**
 * Renders `docs/openapi.json`.
 *
 * @param generated what Strapi's generator has made of the routes
 */
export const renderOpenApi = (generated: object): string => {
  const corrected = correctGenerated(generated as Json);
  const schemas = { User: answerOf(corrected, '/users/me') };
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
