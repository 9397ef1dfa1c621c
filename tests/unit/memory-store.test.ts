import { createMemoryStore } from '../helpers/memory-store';
import { describeSessionStore } from '../helpers/session-store-contract';
import { START } from '../helpers/session-world';

const store = createMemoryStore();
let lastUserId = 0;

const createUser = (state: Parameters<typeof store.setAccount>[1]): Promise<number> => {
  lastUserId += 1;
  store.setAccount(lastUserId, state);
  return Promise.resolve(lastUserId);
};

describeSessionStore({
  store: () => store,
  now: () => START,
  createAccount: createUser,
  createDeletedAccount: () => createUser(null),
});
