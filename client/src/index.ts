export { createAuthClient, type AuthClient } from './create-auth-client.ts';
export { AuthError } from './errors.ts';
export type {
  AuthClientOptions,
  AuthEvent,
  AuthState,
  AuthUser,
  Credentials,
  LoginOptions,
  OutReason,
  Session,
  Source,
  TokenStorage,
} from './types.ts';
