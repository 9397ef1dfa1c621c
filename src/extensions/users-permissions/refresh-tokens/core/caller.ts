import type { Session } from './session';

/** The user of a request as Strapi's `fetchAuthenticatedUser` returns it, own fields of a project included. */
export interface CallerUser {
  readonly id: number;
  readonly documentId: string;
  readonly blocked: boolean | null;
  readonly confirmed: boolean | null;
  readonly role: { readonly id: number } | null;
}

/** The session of an access token, its user and the actions that the user's role may take, read together. */
export interface StoredCaller {
  readonly session: Pick<Session, 'userId' | 'revokedAt' | 'expiresAt' | 'absoluteExpiresAt'>;
  /** Null when the account is deleted. */
  readonly user: CallerUser | null;
  readonly actions: readonly string[];
}
