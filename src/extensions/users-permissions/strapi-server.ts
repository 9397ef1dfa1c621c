import { refreshTokens, type UsersPermissionsPlugin } from './refresh-tokens';

/** Your own changes of the users-permissions plugin go here, before or after ours: docs/your-code.md. */
export default (plugin: UsersPermissionsPlugin): UsersPermissionsPlugin => {
  return refreshTokens(plugin);
};
