import { refreshTokens, type UsersPermissionsPlugin } from './refresh-tokens';

/** Put your own changes of the users-permissions plugin here, before or after ours: docs/your-code.md. */
export default (plugin: UsersPermissionsPlugin): UsersPermissionsPlugin => {
  return refreshTokens(plugin);
};
