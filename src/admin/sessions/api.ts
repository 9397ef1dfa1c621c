import { useFetchClient } from '@strapi/strapi/admin';
import { useMutation, useQuery, useQueryClient } from 'react-query';
import type { Matching, SessionList, SessionQuery, Statistics, Target } from './api-types';
import { writeQuery } from './location';

const PATH = '/users-permissions/sessions';

/** The first part of the key of every query, for `invalidateQueries` and `useIsFetching`. */
export const SESSIONS = 'sessions';

/** Loads one page of sessions. While the next page loads, `data` is the previous one. */
export const useSessions = (query: SessionQuery) => {
  const { get } = useFetchClient();
  return useQuery(
    [SESSIONS, 'list', query],
    async ({ signal }) => (await get<SessionList>(`${PATH}?${writeQuery(query)}`, { signal })).data,
    { keepPreviousData: true, retry: false },
  );
};

/** Loads the statistics of all sessions. */
export const useStatistics = () => {
  const { get } = useFetchClient();
  return useQuery(
    [SESSIONS, 'statistics'],
    async ({ signal }) => (await get<Statistics>(`${PATH}/statistics`, { signal })).data,
    { retry: false },
  );
};

/**
 * Counts the live sessions that a revocation would end.
 *
 * @param enabled whether to send the request
 */
export const useMatching = (target: Target, enabled: boolean) => {
  const { post } = useFetchClient();
  return useQuery(
    [SESSIONS, 'matching', target],
    async ({ signal }) => {
      const body = { ...target, dryRun: true };
      const { data } = await post<{ data: Matching }>(`${PATH}/revoke`, body, { signal });
      return data.data;
    },
    // Discard the previous count: it may be stale, and a new one is being fetched.
    { enabled, retry: false, cacheTime: 0 },
  );
};

/** Ends sessions, resolves to their number, and reloads everything that shows sessions. */
export const useRevocation = () => {
  const { post } = useFetchClient();
  const client = useQueryClient();
  return useMutation(
    async (target: Target) => {
      const { data } = await post<{ data: { revoked: number } }>(`${PATH}/revoke`, target);
      return data.data.revoked;
    },
    { onSettled: () => client.invalidateQueries(SESSIONS) },
  );
};
