import tallySchema from './admin/session-tally-schema.json';
import sessionSchema from './store/session-schema.json';

/** Adds what Strapi itself adds when it reads the schema of a plugin's content type from a file. */
const toContentType = <Schema extends object>(schema: Schema, globalId: string) => ({
  schema: { ...schema, plugin: 'users-permissions', globalId },
});

/** The uids of the two added content types. */
export const SESSION_TYPES = [
  'plugin::users-permissions.session',
  'plugin::users-permissions.session-tally',
] as const;

/** Returns the two added content types, as new objects each time, since Strapi writes to them. */
export const contentTypes = () =>
  structuredClone({
    session: toContentType(sessionSchema, 'UsersPermissionsSession'),
    'session-tally': toContentType(tallySchema, 'UsersPermissionsSessionTally'),
  });
