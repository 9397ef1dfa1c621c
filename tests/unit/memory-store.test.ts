import type { AccountState } from '../../src/extensions/users-permissions/refresh-tokens/core/account';
import type { Owner } from '../../src/extensions/users-permissions/refresh-tokens/core/session';
import { createMemoryStore, ownerOf } from '../helpers/memory-store';
import { describeSessionStore } from '../helpers/session-store-contract';
import { START } from '../helpers/session-fixture';

const store = createMemoryStore();
let lastUserId = 0;

const createUser = (state: AccountState | null): Promise<Owner> => {
  lastUserId += 1;
  store.setAccount(lastUserId, state);
  return Promise.resolve(ownerOf(lastUserId));
};

describeSessionStore({
  canReturn: true,
  store: () => store,
  now: () => START,
  createAccount: createUser,
  createDeletedAccount: () => createUser(null),
  insertRow: (session) => {
    if (store.rows().some(({ sessionId }) => sessionId === session.sessionId)) {
      return Promise.reject(new Error('UNIQUE constraint failed'));
    }
    return Promise.resolve(store.restore(session));
  },
});
