import { describe, expect, it } from 'vitest';
import {
  createRaceRetry,
  retryLostRaces,
} from '../../src/extensions/users-permissions/refresh-tokens/store/lost-race';

const failure = (code: string) => Object.assign(new Error(`failed with ${code}`), { code });

/** A statement that fails with each of these codes in turn, and then succeeds. */
const createStatement = (codes: readonly string[]) => {
  let attempts = 0;
  return {
    attempts: () => attempts,
    run: async () => {
      const code = codes[attempts];
      attempts += 1;
      if (code !== undefined) throw failure(code);
      return 'done';
    },
  };
};

const CONFLICTS = ['40001', '40P01', 'ER_LOCK_DEADLOCK', 'ER_CHECKREAD'];
const TIMEOUTS = ['55P03', 'ER_LOCK_WAIT_TIMEOUT', 'SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT'];

describe('retryLostRaces', () => {
  it.each([...CONFLICTS, ...TIMEOUTS])('sends a statement again after %s', async (code) => {
    const statement = createStatement([code]);

    expect(await retryLostRaces(statement.run)).toBe('done');
    expect(statement.attempts()).toBe(2);
  });

  it.each([
    ...CONFLICTS.map((code) => [code, 10] as const),
    ...TIMEOUTS.map((code) => [code, 2] as const),
  ])('gives up with the error itself after %s: %i attempts', async (code, attempts) => {
    const statement = createStatement(Array.from({ length: 20 }, () => code));

    await expect(retryLostRaces(statement.run)).rejects.toMatchObject({ code });
    expect(statement.attempts()).toBe(attempts);
  });

  it.each(['23505', '25P02', '42P01', '57014', 'ER_DUP_ENTRY', 'SQLITE_FULL', 'ECONNRESET', ''])(
    'sends a statement once that fails with another code: %j',
    async (code) => {
      const statement = createStatement([code]);

      await expect(retryLostRaces(statement.run)).rejects.toMatchObject({ code });
      expect(statement.attempts()).toBe(1);
    },
  );
});

describe('createRaceRetry', () => {
  it('sends a statement once inside a transaction, and again outside of one', async () => {
    const [inside, outside] = [createStatement(['40001']), createStatement(['40001'])];

    const retryInside = createRaceRetry({ inTransaction: () => true });
    await expect(retryInside(inside.run)).rejects.toMatchObject({ code: '40001' });
    expect(inside.attempts()).toBe(1);

    expect(await createRaceRetry({ inTransaction: () => false })(outside.run)).toBe('done');
  });
});
