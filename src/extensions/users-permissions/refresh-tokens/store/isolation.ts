import type { Core } from '@strapi/strapi';

/**
 * Warns at boot when PostgreSQL begins transactions at another level than "read committed". Our own
 * statements lose races there and are repeated (`lost-race.ts`), those of Strapi fail with a 5xx. And the
 * transaction that blocks a user does not see a session that began since its first statement.
 */
export const warnOfIsolation = async (
  { connection, dialect }: Pick<Core.Strapi['db'], 'connection' | 'dialect'>,
  warn: (message: string) => void,
): Promise<void> => {
  if (dialect.client !== 'postgres') return;
  const name = connection.raw(`current_setting('default_transaction_isolation')`);
  const [row] = await connection.select<{ level: unknown }[]>({ level: name });
  if (row === undefined || row.level === 'read committed') return;
  warn(
    `PostgreSQL begins transactions at "${String(row.level)}". A login at the moment of a block, a deletion or a ` +
      `change of password may outlive it. Set default_transaction_isolation to 'read committed' for the ` +
      'role of DATABASE_USERNAME: see docs/databases.md.',
  );
};
