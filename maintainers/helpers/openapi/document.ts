import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Response } from 'supertest';
import { expect } from 'vitest';
import { projectRoot } from '../../../tests/helpers/paths';

/** What is read here of an operation in the OpenAPI file. */
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

/** `docs/openapi.json`. */
export const document = JSON.parse(
  readFileSync(path.join(projectRoot, 'docs/openapi.json'), 'utf8'),
) as Document;

/** Answers may gain fields, so the file leaves objects open; a test wants to hear of each field. */
const closed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, at]) => [key, closed(at)] as const);
  const isDescribed = 'properties' in value && 'type' in value && value.type === 'object';
  return Object.fromEntries(
    isDescribed ? [...entries, ['additionalProperties', false]] : entries,
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
  // A path without parameters is meant before one with.
  return pathname in document.paths ? pathname : Object.keys(document.paths).find(matches);
};

/** What supertest keeps of a request, and its types do not tell. */
interface AnsweredRequest {
  readonly request: { readonly method: string; readonly url: string };
}

/** What the file calls the operation that gave an answer: `post /auth/local`. */
export const operationOf = (response: Response): string => {
  const { method, url } = (response as unknown as AnsweredRequest).request;
  const pathname = new URL(url).pathname.replace(/^\/api/, '');
  const template = templateOf(pathname);
  if (template === undefined) throw new Error(`${pathname} is not documented`);
  return `${method.toLowerCase()} ${template}`;
};

/** Asserts that an answer is among those that the file promises, down to each field and header. */
export const expectDocumented = (response: Response): void => {
  const operation = operationOf(response);
  const [method = '', template = ''] = operation.split(' ');
  const status = String(response.status);
  const answer = document.paths[template]?.[method]?.responses[status];
  if (!answer) throw new Error(`${operation} answered ${status}: ${response.text}`);
  const body = response.body as { jwt?: string; ok?: boolean };
  const headers = Object.keys(answer.headers ?? {}).filter(
    (name) => name === 'Retry-After' || (name === 'Cache-Control' && (body.jwt || body.ok)),
  );
  for (const name of headers) expect(response.headers).toHaveProperty(name.toLowerCase());
  if (!answer.content) return;

  const keys = ['paths', template, method, 'responses', status, 'content'];
  const schema = `openapi.json#/${pointer(...keys, 'application/json', 'schema')}`;
  const isValid = ajv.validate(schema, body);
  expect(isValid, `${operation} ${status}: ${ajv.errorsText()} in ${response.text}`).toBe(true);
};

/** The sentences that the description of a refusal lists. */
export const sentencesOf = (description: string): string[] =>
  [...description.matchAll(/`([^`]+)`/g)].map(([, sentence = '']) => sentence);
