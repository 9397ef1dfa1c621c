import type { Core } from '@strapi/strapi';
import unset from 'lodash/unset';

/**
 * Lets the errors of failed statements show their SQL without the bound values, which Strapi would log:
 * reset codes, hashes, addresses. Knex writes them into the message unless this setting is false
 * (`knex/lib/execution/internal/query-executioner.js`), mysql2 into `sql`, and PostgreSQL into `detail`.
 */
export const hideBoundValues = ({ db }: Core.Strapi): void => {
  const { config } = db.connection.client as { config: { compileSqlOnError?: boolean } };
  config.compileSqlOnError = false;
  db.connection.on('query-error', (error: object) => {
    for (const name of ['sql', 'detail']) unset(error, name);
  });
};
