import { createRequire } from 'node:module';
import type { Knex } from 'knex';
import { describe, expect, it } from 'vitest';
import { toWrongValue } from '../../src/extensions/users-permissions/refresh-tokens/http/wrong-values';
import type { StrapiKoaContext } from '../../src/extensions/users-permissions/refresh-tokens/shapes';

const knex = createRequire(import.meta.url)('knex') as (config: Knex.Config) => Knex;

const contextOf = (query: object, body?: object) =>
  ({ query, request: { body } }) as unknown as StrapiKoaContext;
const filtered = contextOf({ filters: { id: '1' } });

const withCode = (code: string) => Object.assign(new Error('statement'), { code });

const errorOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};
/** An assertion of knex, from its builder of queries. */
const assertion = () =>
  errorOf(() =>
    knex({ client: 'better-sqlite3', useNullAsDefault: true })('t').whereBetween('a', '1' as never),
  );

const isWrongValue = (error: unknown, ctx = filtered): boolean =>
  toWrongValue(error, ctx) !== error;

describe('toWrongValue', () => {
  it.each(['22P02', '22003', '22001', 'SQLITE_MISMATCH', 'ER_DATA_TOO_LONG'])(
    'refuses what the database refuses with %s, also without a query',
    (code) => {
      expect(isWrongValue(withCode(code), contextOf({}))).toBe(true);
    },
  );

  it.each([
    '08006',
    '42P01',
    '42703',
    '53300',
    '57P01',
    '40001',
    '23505',
    'ECONNREFUSED',
    'ER_NO_SUCH_TABLE',
    'SQLITE_ERROR',
    'SQLITE_FULL',
  ])('leaves the fault %s as it is', (code) => {
    expect(isWrongValue(withCode(code))).toBe(false);
  });

  it('refuses what the builder of queries throws, if the request has a query or a body', () => {
    expect(isWrongValue(withCode('42883'))).toBe(true);
    expect(isWrongValue(withCode('42883'), contextOf({}))).toBe(false);
    expect(isWrongValue(assertion())).toBe(true);
    expect(isWrongValue(assertion(), contextOf({}, { a: 1 }))).toBe(true);
    expect(isWrongValue(assertion(), contextOf({}))).toBe(false);
  });

  it('leaves a mistake of other code as it is, and a pool without a free connection', async () => {
    expect(isWrongValue(errorOf(() => (undefined as never as Error).message))).toBe(false);
    const db = knex({
      client: 'better-sqlite3',
      connection: ':memory:',
      useNullAsDefault: true,
      pool: { min: 0, max: 1 },
      acquireConnectionTimeout: 1,
    });
    const transaction = await db.transaction();
    const timeout: unknown = await db('t').catch((error: unknown) => error);
    await transaction.rollback();
    await db.destroy();

    expect(timeout).toMatchObject({ name: 'KnexTimeoutError' });
    expect(isWrongValue(timeout)).toBe(false);
  });
});
