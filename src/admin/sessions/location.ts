import type { SessionFilter, SessionQuery, SessionState } from './api-types';

/** The path of the page "Sessions", below the root of the admin panel. */
export const PAGE = 'plugins/users-permissions/sessions';

export const STATES: readonly SessionState[] = ['live', 'ended', 'reuse-detected'];
export const PAGE_SIZES: readonly number[] = [10, 20, 50, 100];
const DEFAULT_PAGE_SIZE = 20;

const isState = (text: unknown): text is SessionState =>
  (STATES as readonly unknown[]).includes(text);

/** Reads the filter from the parameters of the page's address. Ignores unknown and empty values. */
export const readFilter = (parameters: URLSearchParams): SessionFilter => {
  const text = (name: string) => parameters.get(name)?.trim() || undefined;
  const state = text('state');
  return {
    // Links from before there was a filter for each field have one search text, `_q`.
    user: text('user') ?? text('_q'),
    device: text('device'),
    address: text('address'),
    state: isState(state) ? state : undefined,
    userId: text('userId'),
  };
};

/** Reads the filter, the page size and the cursor. With two cursors, `older` is used. */
export const readQuery = (parameters: URLSearchParams): SessionQuery => {
  const pageSize = Number(parameters.get('pageSize'));
  const older = parameters.get('older') || undefined;
  return {
    ...readFilter(parameters),
    pageSize: PAGE_SIZES.includes(pageSize) ? pageSize : DEFAULT_PAGE_SIZE,
    older,
    newer: older ? undefined : parameters.get('newer') || undefined,
  };
};

/** Writes a query as parameters of an address, encoded. Leaves out what is undefined or empty. */
export const writeQuery = (query: Partial<SessionQuery>): string =>
  new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => (value ? [[name, String(value)]] : [])),
  ).toString();

/** Changes a query. The result is its newest page, unless a cursor is among the changes. */
export const changeQuery = (
  query: SessionQuery,
  changes: Partial<SessionQuery>,
): Partial<SessionQuery> => ({ ...query, older: undefined, newer: undefined, ...changes });

/** Returns the address of the page with the sessions of one user. */
export const pageOfUser = (documentId: string): string =>
  `/${PAGE}?${writeQuery({ userId: documentId })}`;

/** Whether a filter matches every session. */
export const isEverything = (filter: SessionFilter): boolean =>
  Object.values(filter).every((value) => value === undefined);
