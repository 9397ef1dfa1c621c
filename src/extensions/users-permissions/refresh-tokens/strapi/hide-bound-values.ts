import type { Core } from '@strapi/strapi';

/**
 * Lets the messages of failed statements show their SQL without the bound values, which Strapi would log:
 * reset codes, hashes, addresses. Knex writes them unless this setting is false
 * (`knex/lib/execution/internal/query-executioner.js`).
 */
export const hideBoundValues = ({ db }: Core.Strapi): void => {
  const { config } = db.connection.client as { config: { compileSqlOnError?: boolean } };
  config.compileSqlOnError = false;
};
