import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Response } from 'supertest';
import { expect } from 'vitest';
import { projectRoot } from '../../../tests/helpers/paths';

/** The fields of an OpenAPI operation that are used here. */
export interface Operation {
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly description: string;
        readonly content?: unknown;
        readonly headers?: Readonly<Record<string, unknown>>;
      }
    >
  >;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** The content of docs/openapi.json. */
export const document = JSON.parse(
  readFileSync(path.join(projectRoot, 'docs/openapi.json'), 'utf8'),
) as Document;

/** Adds `additionalProperties: false` to every schema, so that a test fails for an undocumented field. */
const closed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, at]) => [key, closed(at)] as const);
  const isDescribed = 'properties' in value && 'type' in value && value.type === 'object';
  return Object.fromEntries(
    isDescribed && !('additionalProperties' in value && value.additionalProperties === true)
      ? [...entries, ['additionalProperties', false]]
      : entries,
  ) as unknown;
};

const ajv = new Ajv2020({
  strict: false,
  validateSchema: false,
  allErrors: true,
  formats: { 'date-time': (text) => new Date(text).toISOString() === text, email: true },
});
ajv.addSchema(closed(document) as object, 'openapi.json');

const pointer = (...keys: string[]): string =>
  keys.map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');

const templateOf = (pathname: string): string | undefined => {
  const matches = (template: string) =>
    new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(pathname);
  // Paths without parameters take precedence (OpenAPI 3.1, Paths Object).
  return pathname in document.paths ? pathname : Object.keys(document.paths).find(matches);
};

/** The request in a supertest response, which its types lack. */
interface ResponseWithRequest {
  readonly request: { readonly method: string; readonly url: string };
}

/** Returns the operation that sent a response, for instance `post /auth/local`. @throws if it is not in the file */
export const operationOf = (response: Response): string => {
  const { method, url } = (response as unknown as ResponseWithRequest).request;
  const pathname = new URL(url).pathname.replace(/^\/api/, '');
  const template = templateOf(pathname);
  if (template === undefined) throw new Error(`${pathname} is not documented`);
  return `${method.toLowerCase()} ${template}`;
};

/** Asserts that the file describes the status, the headers and each field of a response. */
export const expectDocumented = (response: Response): void => {
  const operation = operationOf(response);
  const [method = '', template = ''] = operation.split(' ');
  const status = String(response.status);
  const documented = document.paths[template]?.[method]?.responses[status];
  if (!documented) throw new Error(`${operation} answered ${status}: ${response.text}`);
  const body = response.body as { jwt?: string; ok?: boolean };
  const headers = Object.keys(documented.headers ?? {}).filter(
    (name) => name === 'Retry-After' || (name === 'Cache-Control' && (body.jwt || body.ok)),
  );
  for (const name of headers) expect(response.headers).toHaveProperty(name.toLowerCase());
  if (!documented.content) return;

  const keys = ['paths', template, method, 'responses', status, 'content'];
  const schema = `openapi.json#/${pointer(...keys, 'application/json', 'schema')}`;
  const isValid = ajv.validate(schema, body);
  expect(isValid, `${operation} ${status}: ${ajv.errorsText()} in ${response.text}`).toBe(true);
};

/** Returns the error messages in the description of a response. */
export const messagesOf = (description: string): string[] =>
  [...description.matchAll(/`([^`]+)`/g)].map(([, message = '']) => message);
