import { readFileSync } from 'node:fs';
import path from 'node:path';
import newman, { type Summary } from 'newman';
import omit from 'lodash/omit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropDatabase, newDatabase, type DatabaseVariables } from '../../tests/helpers/databases';
import { testEnvironment } from '../../tests/helpers/environment';
import { document } from '../helpers/openapi/document';
import { projectRoot } from '../../tests/helpers/paths';
import { startStrapi, type RunningStrapi } from '../../tests/helpers/process';

const fileOf = (name: string): string => path.join(projectRoot, 'postman', name);
const COLLECTION = fileOf('refresh-tokens.postman_collection.json');
const ENVIRONMENT = fileOf('local.postman_environment.json');

interface Item {
  readonly name: string;
  readonly item?: readonly Item[];
  readonly event?: readonly { readonly listen: string }[];
  readonly request?: {
    readonly method: string;
    readonly url: string;
    readonly description?: string;
  };
}

interface Variable {
  readonly key: string;
  readonly value: string;
}

const read = <Shape>(file: string) => JSON.parse(readFileSync(file, 'utf8')) as Shape;
const collection = read<Item & { variable: Variable[] }>(COLLECTION);
const environment = read<{ values: Variable[] }>(ENVIRONMENT);

const requestsOf = (item: Item): Item[] => (item.item ? item.item.flatMap(requestsOf) : [item]);
const requests = requestsOf(collection);

describe('the Postman collection', () => {
  it.each(requests)(
    'describes the request $name, and tests its response',
    ({ request, event = [] }) => {
      expect(request?.description).toMatch(/\.$/);
      expect(event.map(({ listen }) => listen)).toContain('test');
    },
  );

  it('has every auth, token, key, photo and `users/me` route of docs/openapi.json, except e-mail confirmation', () => {
    const shape = (route: string) => route.replace(/\{\w+\}|\{\{\w+\}\}|github/g, '*');
    const inCollection = requests.map(({ request }) =>
      shape(`${request?.method} ${request?.url.replace('{{baseUrl}}/api', '')}`),
    );
    const documented = Object.entries(document.paths)
      .filter(([route]) => /^\/(auth|token|\.well-known|photos|users\/me)/.test(route))
      .filter(([route]) => !route.includes('confirmation'))
      .flatMap(([route, item]) =>
        Object.keys(item).map((method) => shape(`${method.toUpperCase()} ${route}`)),
      );

    expect(documented).toHaveLength(19);
    expect(inCollection).toEqual(expect.arrayContaining(documented));
  });

  it('has the same variables as the environment', () => {
    const pairs = (variables: readonly Variable[]) =>
      variables.map(({ key, value }) => [key, value]);

    expect(pairs(environment.values)).toEqual(pairs(collection.variable));
  });
});

describe('the Postman collection against a new server with default settings', () => {
  let database: DatabaseVariables;
  let strapi: RunningStrapi;

  beforeAll(async () => {
    database = await newDatabase();
    strapi = await startStrapi({
      ...omit(testEnvironment(database), 'AUTH_RATE_LIMIT_MAX', 'REFRESH_RATE_LIMIT_MAX'),
      NODE_ENV: 'test',
    });
  });
  afterAll(async () => {
    await strapi.stop();
    await dropDatabase(database);
  });

  it('passes twice in a row', async () => {
    const run = () =>
      new Promise<Summary>((resolve, reject) => {
        newman.run(
          {
            collection: COLLECTION,
            environment: ENVIRONMENT,
            envVar: [{ key: 'baseUrl', value: strapi.url }],
            reporters: 'cli',
            reporter: { cli: { noBanner: true, noSuccessAssertions: true } },
          },
          (error, summary) => (error ? reject(error) : resolve(summary)),
        );
      });

    for (const { run: result } of [await run(), await run()]) {
      expect(
        result.failures.map(({ source, error }) => `${source?.name}: ${error.message}`),
      ).toEqual([]);
      expect(result.stats.requests.total).toBe(requests.length);
      expect(result.stats.assertions.total).toBeGreaterThan(requests.length);
    }
  });
});
