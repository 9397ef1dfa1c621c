import { createSessionStore } from '../../src/extensions/users-permissions/refresh-tokens/store/sql-session-store';
import { createUser } from '../helpers/users';
import { describeSessionStore } from '../helpers/session-store-contract';
import { useServer } from '../helpers/suite';

const server = useServer();

const throwWarning = (message: string): void => {
  throw new Error(`Warned: ${message}`);
};

describeSessionStore({
  store: () => createSessionStore(server.strapi.db, throwWarning),
  now: () => server.clock.now(),
  createAccount: (state) => createUser(server, { ...state }),
  // No account ever has this id.
  createDeletedAccount: () => Promise.resolve({ id: 0, documentId: 'nobody' }),
});
