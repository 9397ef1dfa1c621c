import tallySchema from './admin/session-tally-schema.json';
import sessionSchema from './store/session-schema.json';

/** What Strapi adds to the schema of a plugin's content type that it reads from a file. */
const ofPlugin = <Schema extends object>(schema: Schema, globalId: string) => ({
  schema: { ...schema, plugin: 'users-permissions', globalId },
});

/** The two content types that the plugin gains; new objects each time, since Strapi writes to them. */
export const contentTypes = () =>
  structuredClone({
    session: ofPlugin(sessionSchema, 'UsersPermissionsSession'),
    'session-tally': ofPlugin(tallySchema, 'UsersPermissionsSessionTally'),
  });
