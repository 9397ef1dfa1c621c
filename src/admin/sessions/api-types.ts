/** `reuse-detected`: ended because an old refresh token was used again. */
export type SessionState = 'live' | 'ended' | 'reuse-detected';

/** A session as the admin API returns it. Times are ISO 8601. */
export interface Session {
  readonly id: string;
  /** null when the account was deleted. */
  readonly user: {
    readonly id: number;
    readonly documentId: string;
    readonly username: string;
    readonly email: string;
  } | null;
  readonly deviceName: string | null;
  readonly userAgent: string | null;
  readonly ipAddress: string | null;
  /** Who started it in the place of its user; null for the user's own logins. */
  readonly impersonatedBy: string | null;
  readonly loginAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  readonly state: SessionState;
  readonly endedAt: string | null;
  readonly reason: string | null;
}

/** Sessions match when they match every field that is set. */
export interface SessionFilter {
  /** Part of a user name or an e-mail address. */
  readonly user?: string;
  /** Part of a device name. */
  readonly device?: string;
  /** A whole IP address. */
  readonly address?: string;
  readonly state?: SessionState;
  /** The numeric id or the document id of a user. */
  readonly userId?: string;
}

/** A filter and a page, newest login first. Without a cursor it is the newest page. */
export interface SessionQuery extends SessionFilter {
  readonly pageSize: number;
  /** The cursor of a page with older logins. Not together with `newer`. */
  readonly older?: string;
  /** The cursor of a page with newer logins. */
  readonly newer?: string;
}

/** One page of sessions. */
export interface SessionList {
  readonly results: readonly Session[];
  readonly pagination: {
    readonly pageSize: number;
    /** Cursors of the neighbouring pages; null where there is no page. */
    readonly newer: string | null;
    readonly older: string | null;
  };
}

/** Logins and reuse detections of one day in UTC. */
export interface Day {
  /** `YYYY-MM-DD` */
  readonly date: string;
  readonly logins: number;
  readonly reuses: number;
}

/** Statistics of all sessions. */
export interface Statistics {
  readonly live: number;
  readonly reusesLast24Hours: number;
  /** 30 days, oldest first. */
  readonly days: readonly Day[];
  /** The devices with the most live sessions. */
  readonly devices: readonly { readonly deviceName: string | null; readonly sessions: number }[];
  readonly computedAt: string;
}

/** The sessions to end: one, all of a user, or all that match a filter. */
export type Target =
  { readonly sessionId: string } | { readonly userId: string } | { readonly filter: SessionFilter };

/** The number of live sessions that a target includes. */
export interface Matching {
  readonly matching: number;
  /** false: there are more; the server has stopped counting. */
  readonly isExact: boolean;
}
