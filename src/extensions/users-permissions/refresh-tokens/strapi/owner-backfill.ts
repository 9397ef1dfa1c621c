import type { Core } from '@strapi/strapi';
import type { OwnerBackfillStore } from '../store/owner-backfill-store';

/** How long servers of version 1.0.0 may still run on the same database, in milliseconds. */
const DEPLOYMENT = 24 * 60 * 60 * 1000;

const KEY = { type: 'core', name: 'starter', key: 'sessions-taken-over' } as const;

interface OwnerBackfillDependencies {
  readonly strapi: Core.Strapi;
  readonly owners: OwnerBackfillStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: (message: string) => void;
}

/**
 * Adds the `userDocumentId` to sessions of version 1.0.0, which have only the id of their user.
 *
 * That id is right only in the database in which the session began: Strapi gives users new ids at an
 * import, so an imported session could open another user's account. A table without the column shows
 * that the database itself was used by version 1.0.0. The store then records the time of the update,
 * and for a day sessions without a document id are accepted and completed, since servers of version
 * 1.0.0 start such sessions until the last one is replaced. An import replaces this record by the one
 * of its source.
 */
export const createOwnerBackfill = ({ strapi, owners, now, log }: OwnerBackfillDependencies) => {
  let acceptedUntil = 0;

  const mayLackOwner = (): boolean => now() < acceptedUntil;

  const complete = async (): Promise<void> => {
    if (!mayLackOwner()) return;
    const count = await owners.complete();
    if (count > 0) log(`Completed ${count} sessions of version 1.0.0 with their users`);
  };

  return {
    /** Whether a session without a `userDocumentId` belongs to the user with its `userId`. */
    mayLackOwner,

    /** Records the update before Strapi adds the column, so that a crash in between loses nothing. */
    async beforeSchemaChange(): Promise<void> {
      if (await owners.isColumnMissing()) await strapi.store.set({ ...KEY, value: now() });
    },

    /** Completes all sessions, before the first request. */
    async completeAtBoot(): Promise<void> {
      const startedAt = (await strapi.store.get(KEY)) as number | null;
      if (startedAt !== null) acceptedUntil = startedAt + DEPLOYMENT;
      await complete();
    },

    /** Completes the sessions that servers of version 1.0.0 have started since then. */
    complete,
  };
};
