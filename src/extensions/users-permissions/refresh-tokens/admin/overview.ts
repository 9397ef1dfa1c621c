import type { Revocation } from '../core/session-store';
import type { Session, SessionState } from '../core/session';

/** Which sessions an administrator asks for. Every part that is given has to match. */
export interface SessionFilter {
  /** Part of a user name, an e-mail address or a device, in any case; or a whole address. */
  readonly search?: string | undefined;
  readonly state?: SessionState | undefined;
  /** A user, by id or by document id. */
  readonly userId?: number | string | undefined;
}

export const ORDER_FIELDS = ['loginAt', 'lastUsedAt', 'expiresAt'] as const;

/** The order of a list. All but `loginAt` are for the sessions of one user: no index has them. */
export interface SessionOrder {
  readonly field: (typeof ORDER_FIELDS)[number];
  readonly direction: 'asc' | 'desc';
}

/** How far a list is counted and can be paged through. */
export const LIST_LIMIT = 10_000;

/** One condition that an index answers. A list is made of the sessions of several. */
export type SessionSource =
  | { readonly kind: 'all' }
  | { readonly kind: 'owner'; readonly id: number | string; readonly search: string | undefined }
  | {
      readonly kind: 'users';
      readonly ids: readonly number[];
      readonly documentIds: readonly string[];
    }
  | { readonly kind: 'device'; readonly name: string }
  | { readonly kind: 'address'; readonly address: string };

/** What a filter means in the database. */
export interface Resolution {
  readonly sources: readonly SessionSource[];
  /** Where the search has found more users: the id below which to look for them. */
  readonly moreUsersBelow: number | undefined;
}

/** A part of a list. */
export interface ListQuery {
  readonly sources: readonly SessionSource[];
  readonly state: SessionState | undefined;
  readonly order: SessionOrder;
  readonly offset: number;
  readonly limit: number;
  /** The moment that decides what is live, in milliseconds since the epoch. */
  readonly now: number;
}

/** A session in a list, with what tells its user; null when the account is gone. */
export interface OverviewRow {
  readonly session: Session;
  readonly user: {
    readonly id: number;
    readonly documentId: string;
    readonly username: string | null;
    readonly email: string | null;
  } | null;
}

export interface OverviewList {
  readonly rows: readonly OverviewRow[];
  /** How many there are, up to `LIST_LIMIT`. */
  readonly total: number;
  /** Whether `total` is all there is. */
  readonly isTotalExact: boolean;
}

/** A place in the order of login. */
export interface Place {
  readonly id: number;
  readonly loginAt: number;
}

/** What is counted over all sessions. */
export interface Survey {
  /** Live sessions of each device, most first. */
  readonly devices: readonly { readonly deviceName: string | null; readonly sessions: number }[];
  readonly reuses: number;
}

/** What administrators need of a database: to look over all sessions, and to end many. */
export interface SessionOverview {
  /**
   * Finds what a filter means: at most one statement, and none without a search over all users.
   *
   * @param usersBelow goes on with the users of the search where an earlier call has stopped
   */
  resolve(filter: SessionFilter, usersBelow?: number): Promise<Resolution>;
  /** One statement. */
  list(query: ListQuery): Promise<OverviewList>;
  /** One statement over all live sessions. `since`: from when on reuses count. */
  survey(now: number, since: number): Promise<Survey>;
  /**
   * The next live sessions of a source in the order of login, some hundreds at most.
   *
   * @param until the latest login that counts, in milliseconds since the epoch
   */
  nextLive(
    source: SessionSource,
    range: { readonly after: Place | undefined; readonly until: number },
  ): Promise<Place[]>;
  /** Revokes those of these rows that are live at that moment, and returns them. */
  revokeLive(places: readonly Place[], revocation: Revocation): Promise<Session[]>;
}
