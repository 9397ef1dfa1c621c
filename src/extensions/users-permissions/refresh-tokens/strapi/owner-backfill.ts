import type { Core } from '@strapi/strapi';
import type { OwnerBackfillStore } from '../store/owner-backfill-store';

/** How long servers of both versions may run on one database. In milliseconds. */
const DEPLOYMENT = 24 * 60 * 60 * 1000;

const KEY = { type: 'core', name: 'starter', key: 'sessions-taken-over' } as const;

interface TakeoverDependencies {
  readonly strapi: Core.Strapi;
  readonly owners: OwnerBackfillStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: (message: string) => void;
}

/**
 * Takes over a database of version 1.0.0, whose sessions name their user by id alone.
 *
 * Such an id may only be trusted in the database in which the session was made: Strapi gives new ids
 * to users at an import, and the session would open somebody else's account. That the column is
 * missing before Strapi adds it shows that this is that database. It is on record for a day, since
 * servers of version 1.0.0 go on to log people in until the last one has been replaced. An import
 * replaces that record with the one of its source.
 */
export const createOwnerBackfill = ({ strapi, owners, now, log }: TakeoverDependencies) => {
  let acceptedUntil = 0;

  const mayLackOwner = (): boolean => now() < acceptedUntil;

  const complete = async (): Promise<void> => {
    if (!mayLackOwner()) return;
    const count = await owners.complete();
    if (count > 0) log(`Completed ${count} sessions of version 1.0.0 with their users`);
  };

  return {
    /** Whether a session without a `userDocumentId` belongs to the user of its id. */
    mayLackOwner,

    /** Runs before Strapi adds the columns. On record first, so that a crash in between loses nothing. */
    async beforeSchemaChange(): Promise<void> {
      if (await owners.isColumnMissing()) await strapi.store.set({ ...KEY, value: now() });
    },

    /** Runs before the first request. */
    async begin(): Promise<void> {
      const startedAt = (await strapi.store.get(KEY)) as number | null;
      if (startedAt !== null) acceptedUntil = startedAt + DEPLOYMENT;
      await complete();
    },

    /** Completes the sessions that servers of version 1.0.0 have started in the meantime. */
    complete,
  };
};
