import { useFetchClient } from '@strapi/strapi/admin';
import { useMutation, useQuery, useQueryClient } from 'react-query';

const PATH = '/users-permissions/sessions';

/** Strapi's answer to a session that is live, has ended, or was ended because of a reuse. */
export type SessionState = 'live' | 'ended' | 'reuse-detected';

/** A session, as the admin API tells it. Times are ISO 8601. */
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
  readonly loginAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  readonly state: SessionState;
  readonly endedAt: string | null;
  readonly reason: string | null;
}

/** Which sessions are meant. */
export interface SessionFilter {
  readonly search?: string;
  readonly state?: SessionState;
  /** The numeric id of a user, or the document id. */
  readonly userId?: string;
}

/** Which sessions are meant, and which part of them in which order. */
export interface SessionQuery extends SessionFilter {
  readonly page: number;
  readonly pageSize: number;
  /** A column and `asc` or `desc`, for instance `loginAt:desc`. */
  readonly sort: string;
}

/** One page of sessions. */
export interface SessionList {
  readonly results: readonly Session[];
  readonly pagination: {
    readonly page: number;
    readonly pageSize: number;
    readonly pageCount: number;
    readonly total: number;
    /** false: there are more than `total`; nobody counted on. */
    readonly isTotalExact: boolean;
  };
}

/** Logins and reuse detections of one day, which is a day in UTC. */
export interface Day {
  /** `YYYY-MM-DD` */
  readonly date: string;
  readonly logins: number;
  readonly reuses: number;
}

/** The figures over all sessions. */
export interface Statistics {
  readonly live: number;
  readonly reusesLast24Hours: number;
  /** 30 days, oldest first. */
  readonly days: readonly Day[];
  /** The most used ones. */
  readonly devices: readonly { readonly deviceName: string | null; readonly sessions: number }[];
  readonly computedAt: string;
}

/** What to end: one session, all of a user, or all that match. */
export type Target =
  { readonly sessionId: string } | { readonly userId: string } | { readonly filter: SessionFilter };

/** How many live sessions a target means. */
export interface Matching {
  readonly matching: number;
  /** false: there are more; nobody counted on. */
  readonly isExact: boolean;
}

// Strapi's client does not encode parameters.
const encoded = (query: object) =>
  Object.fromEntries(
    Object.entries(query)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, encodeURIComponent(String(value))]),
  );

/** One page of sessions. While the next one loads, the last one stays. */
export const useSessions = (query: SessionQuery) => {
  const { get } = useFetchClient();
  return useQuery(
    ['sessions', 'list', query],
    async ({ signal }) => (await get<SessionList>(PATH, { params: encoded(query), signal })).data,
    { keepPreviousData: true, retry: false },
  );
};

/** The figures over all sessions. */
export const useStatistics = () => {
  const { get } = useFetchClient();
  return useQuery(
    ['sessions', 'statistics'],
    async ({ signal }) => (await get<Statistics>(`${PATH}/statistics`, { signal })).data,
    { retry: false },
  );
};

/**
 * How many live sessions would end.
 *
 * @param enabled ask only when somebody wants to know
 */
export const useMatching = (target: Target, enabled: boolean) => {
  const { post } = useFetchClient();
  return useQuery(
    ['sessions', 'matching', target],
    async ({ signal }) => {
      const body = { ...target, dryRun: true };
      const { data } = await post<{ data: Matching }>(`${PATH}/revoke`, body, { signal });
      return data.data;
    },
    // A number from before could be wrong, and is about to be confirmed.
    { enabled, retry: false, cacheTime: 0 },
  );
};

/** Ends sessions and resolves to how many. Whatever shows sessions is asked for again. */
export const useRevocation = () => {
  const { post } = useFetchClient();
  const client = useQueryClient();
  return useMutation(
    async (target: Target) => {
      const { data } = await post<{ data: { revoked: number } }>(`${PATH}/revoke`, target);
      return data.data.revoked;
    },
    { onSettled: () => client.invalidateQueries('sessions') },
  );
};
