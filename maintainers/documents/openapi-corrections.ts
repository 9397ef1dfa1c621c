import cloneDeepWith from 'lodash/cloneDeepWith';
import isPlainObject from 'lodash/isPlainObject';
import omit from 'lodash/omit';

/** A JSON object of the document; which fields it has depends on where it stands. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = Record<string, any>;

/** The plugins whose routes are Strapi's alone and would only make the file longer. */
const LEFT_OUT = ['content-type-builder', 'email', 'i18n', 'upload'];

const isObject = (value: unknown): value is Json => isPlainObject(value);

/** Changes every object of a document, the inner ones first. */
const changeObjects = (document: Json, change: (object: Json) => Json): Json => {
  const changed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(changed);
    if (!isObject(value)) return value;
    return change(Object.fromEntries(Object.entries(value).map(([key, at]) => [key, changed(at)])));
  };
  return changed(document) as Json;
};

/** The role inside a user: Strapi leaves two of its fields out. */
const isRole = ({ type, description, createdAt }: Json): boolean =>
  [type, description, createdAt].every(isObject);

const MISSING_IN_ROLE = { documentId: { type: 'string' }, publishedAt: { type: 'string' } };

/** A `documentId` is no UUID, and a `publishedAt` is set by Strapi: its default is the present. */
const correctProperties = (properties: Json): Json => ({
  ...properties,
  ...(isRole(properties) && MISSING_IN_ROLE),
  ...(properties.documentId && { documentId: { type: 'string' } }),
  ...(properties.publishedAt?.default && {
    publishedAt: omit(properties.publishedAt, 'default'),
  }),
});

/**
 * Schemas as they hold for what is really sent. An answer may gain fields: clients must not break on
 * them, so that `additionalProperties: false` goes.
 */
const correctSchema = (object: Json): Json => {
  // What a format says, its pattern says again; and a list of no values allows nothing at all.
  const noise = ['$schema', object.format && 'pattern', object.enum?.length === 0 && 'enum'];
  const rest: Json = omit(object, noise);
  const open = rest.additionalProperties === false ? omit(rest, 'additionalProperties') : rest;
  if (!open.properties) return open;
  const setByStrapi = open.properties.publishedAt?.default !== undefined;
  return {
    ...open,
    properties: correctProperties(open.properties),
    ...(setByStrapi && {
      required: open.required?.filter((name: string) => name !== 'publishedAt'),
    }),
  };
};

const PAGINATION = {
  type: 'object',
  properties: Object.fromEntries(
    ['page', 'pageSize', 'pageCount', 'total'].map((name) => [name, { type: 'integer' }]),
  ),
};

/** Strapi's core controllers answer 201 and 204, and have `meta` in their answers. */
const correctCoreOperation = (operation: Json, method: string): Json => {
  const answer = operation.responses[200];
  const { schema } = answer.content['application/json'];
  const responses = omit(operation.responses, '200');
  if (method === 'delete') {
    return { ...operation, responses: { 204: { description: 'Deleted' }, ...responses } };
  }
  const isList = schema.properties.data.type === 'array';
  const meta = { type: 'object', ...(isList && { properties: { pagination: PAGINATION } }) };
  const withMeta = {
    ...schema,
    properties: { ...schema.properties, meta },
    required: [...schema.required, 'meta'],
  };
  const corrected = { ...answer, content: { 'application/json': { schema: withMeta } } };
  return { ...operation, responses: { [method === 'post' ? 201 : 200]: corrected, ...responses } };
};

const redirect = { description: 'Go there', headers: { Location: { schema: { type: 'string' } } } };

const pathParameter = (name: string): Json => ({
  name,
  in: 'path',
  required: true,
  schema: { type: 'string' },
});

/** What Strapi's own routes answer and need, where their route objects do not say so. */
const PLUGIN_CORRECTIONS: Readonly<Record<string, (operation: Json) => Json>> = {
  'get /connect/{provider}': (operation) => ({
    ...operation,
    operationId: 'users-permissions/get/connect_by_provider',
    parameters: [pathParameter('provider')],
    responses: { 302: redirect, ...operation.responses },
  }),
  'get /auth/email-confirmation': (operation) => ({
    ...operation,
    parameters: [{ ...pathParameter('confirmation'), in: 'query' }],
    responses: { 302: redirect, ...operation.responses },
  }),
  'post /users': ({ responses: { 200: created, ...responses }, ...operation }) => ({
    ...operation,
    responses: { 201: created, ...responses },
  }),
};

/** One name for one parameter: Strapi calls the id of a role `id` and `role`; and `(.*)` is a provider. */
const correctPath = (path: string): string =>
  path.replace('/(.*)', '/{provider}').replace('{role}', '{id}');

const correctParameters = (operation: Json): Json => ({
  ...operation,
  parameters: operation.parameters.map((parameter: Json) =>
    parameter.in === 'path' && parameter.name === 'role' ? { ...parameter, name: 'id' } : parameter,
  ),
});

const isLeftOut = (item: Json): boolean =>
  Object.values(item).some(({ tags }: Json) => tags.some((tag: string) => LEFT_OUT.includes(tag)));

const correctOperation = (operation: Json, method: string, path: string): Json => {
  const isPlugins = operation.tags.includes('users-permissions');
  const named = correctParameters(operation);
  const correct = PLUGIN_CORRECTIONS[`${method} ${path}`];
  if (correct) return correct(named);
  return isPlugins ? named : correctCoreOperation(named, method);
};

/**
 * What Strapi's generator made, where it says what the server does not do. Each correction is held
 * against real answers by openapi-answers.test.ts.
 */
export const correctGenerated = (generated: Json): Json => {
  const paths: Json = {};
  for (const [path, item] of Object.entries<Json>(generated.paths)) {
    if (isLeftOut(item)) continue;
    const corrected = correctPath(path);
    for (const [method, operation] of Object.entries<Json>(item)) {
      paths[corrected] = {
        ...paths[corrected],
        [method]: correctOperation(operation, method, corrected),
      };
    }
  }
  return changeObjects({ ...generated, paths }, correctSchema);
};

/** Replaces every schema that is equal to one of these by a reference to it. */
export const referTo = (document: Json, schemas: Readonly<Record<string, Json>>): Json => {
  const texts = new Map(
    Object.entries(schemas).map(([name, schema]) => [JSON.stringify(schema), name]),
  );
  return cloneDeepWith(document, (value: unknown) => {
    const name = isObject(value) ? texts.get(JSON.stringify(value)) : undefined;
    return name === undefined ? undefined : { $ref: `#/components/schemas/${name}` };
  }) as Json;
};
