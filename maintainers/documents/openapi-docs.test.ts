import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import type * as OpenApiModule from '@strapi/openapi';
import { describe, expect, it } from 'vitest';
import { renderOpenApi } from './openapi-docs';
import { document } from '../helpers/openapi/document';
import { projectRoot } from '../../tests/helpers/paths';
import { useServer } from '../../tests/helpers/suite';

// CommonJS, which Vitest cannot import (see tests/helpers/server.ts).
const { generate } = createRequire(import.meta.url)('@strapi/openapi') as typeof OpenApiModule;

const server = useServer();

/** Reads the routes in the table of design section 6, in the format of the file. */
const designRoutes = (): string[] => {
  const design = readFileSync(path.join(projectRoot, 'docs/design.md'), 'utf8');
  // Without the sub-sections, one of which has the table of the admin API.
  const section = design.split(/^##+ /m).find((text) => text.startsWith('6. HTTP')) ?? '';
  const rows = section.split('\n').filter((row) => /^\| (GET|POST|DELETE) /.test(row));
  return rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/(GET|POST|DELETE) `([^`]+)`/g)].map(
      ([, method = '', route = '']) =>
        `${method.toLowerCase()} ${route.replace('/sessions/:id', '/sessions/:sessionId').replace(/:(\w+)/g, '{$1}')}`,
    ),
  );
};

describe('docs/openapi.json', () => {
  it('matches the routes and the notes (`npm run openapi` updates it)', async () => {
    const generated = generate(server.strapi).document;

    await expect(renderOpenApi(generated)).toMatchFileSnapshot('../../docs/openapi.json');
  });

  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();

    expect(await validator.validate(structuredClone(document) as never)).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('has every route in docs/design.md', () => {
    const documented = Object.entries(document.paths).flatMap(([template, item]) =>
      Object.keys(item).map((method) => `${method} ${template}`),
    );

    expect(designRoutes()).toHaveLength(12);
    expect(documented).toEqual(expect.arrayContaining(designRoutes()));
  });

  it.each(Object.entries(document.paths))(
    'describes each path parameter of %s',
    (template, item) => {
      for (const { parameters } of Object.values(item)) {
        const inPath = parameters.filter((parameter) => parameter.in === 'path');
        expect(inPath.map(({ name }) => `{${name}}`)).toEqual(template.match(/\{\w+\}/g) ?? []);
      }
    },
  );
});
