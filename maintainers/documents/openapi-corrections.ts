import cloneDeepWith from 'lodash/cloneDeepWith';
import isPlainObject from 'lodash/isPlainObject';
import omit from 'lodash/omit';

/** A JSON object of the document, of any shape. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = Record<string, any>;

/** The plugins whose routes are left out: they are Strapi's, and this project does not change them. */
const LEFT_OUT = ['content-type-builder', 'email', 'i18n', 'upload'];

const isObject = (value: unknown): value is Json => isPlainObject(value);

/** Applies a function to every object of a document, to inner objects first. */
const changeObjects = (document: Json, change: (object: Json) => Json): Json => {
  const changed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(changed);
    if (!isObject(value)) return value;
    return change(Object.fromEntries(Object.entries(value).map(([key, at]) => [key, changed(at)])));
  };
  return changed(document) as Json;
};

/** Whether these are the properties of the role of a user. */
const isRole = ({ type, description, createdAt }: Json): boolean =>
  [type, description, createdAt].every(isObject);

/** Properties of a role that Strapi sends and its generator leaves out. */
const MISSING_IN_ROLE = { documentId: { type: 'string' }, publishedAt: { type: 'string' } };

/** Corrects `documentId`, which is not a UUID, and `publishedAt`, whose default is the time of generation. */
const correctProperties = (properties: Json): Json => ({
  ...properties,
  ...(isRole(properties) && MISSING_IN_ROLE),
  ...(properties.documentId && { documentId: { type: 'string' } }),
  ...(properties.publishedAt?.default && {
    publishedAt: omit(properties.publishedAt, 'default'),
  }),
});

/**
 * Corrects a schema to match what the server sends. `additionalProperties: false` is removed, since responses
 * may get more fields and clients must accept them.
 */
const correctSchema = (object: Json): Json => {
  // A pattern repeats the format. An empty `enum` would allow no value.
  const superfluous = ['$schema', object.format && 'pattern', object.enum?.length === 0 && 'enum'];
  const rest: Json = omit(object, superfluous);
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

/** Corrects an operation of a core controller: 201 for a create, 204 for a delete, `meta` in the body. */
const correctCoreOperation = (operation: Json, method: string): Json => {
  const success = operation.responses[200];
  const { schema } = success.content['application/json'];
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
  const corrected = { ...success, content: { 'application/json': { schema: withMeta } } };
  return { ...operation, responses: { [method === 'post' ? 201 : 200]: corrected, ...responses } };
};

const redirect = { description: 'Redirect', headers: { Location: { schema: { type: 'string' } } } };

const pathParameter = (name: string): Json => ({
  name,
  in: 'path',
  required: true,
  schema: { type: 'string' },
});

/** Corrections of Strapi's own routes, by method and path. */
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

/** Names path parameters: `(.*)` is the provider. Strapi calls the id of a role both `id` and `role`. */
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
 * Corrects the output of Strapi's generator where the server behaves differently.
 * openapi-responses.test.ts compares the result with real responses.
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

/** Replaces each schema that equals one of the named schemas with a reference to it. */
export const referTo = (document: Json, schemas: Readonly<Record<string, Json>>): Json => {
  const texts = new Map(
    Object.entries(schemas).map(([name, schema]) => [JSON.stringify(schema), name]),
  );
  return cloneDeepWith(document, (value: unknown) => {
    const name = isObject(value) ? texts.get(JSON.stringify(value)) : undefined;
    return name === undefined ? undefined : { $ref: `#/components/schemas/${name}` };
  }) as Json;
};
