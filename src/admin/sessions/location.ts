import type { SessionFilter, SessionQuery, SessionState } from './api';

/** Where the page is, below the root of the admin panel. */
export const PAGE = 'plugins/users-permissions/sessions';

/** The page, for one user only. */
export const pageOfUser = (documentId: string): string =>
  `/${PAGE}?userId=${encodeURIComponent(documentId)}`;

/** The parameters of the page's address. Strapi's own components read and write all but the last two. */
export interface PageParameters {
  readonly page?: string;
  readonly pageSize?: string;
  readonly sort?: string;
  readonly _q?: string;
  readonly state?: string;
  readonly userId?: string;
}

export const STATES: readonly SessionState[] = ['live', 'ended', 'reuse-detected'];
export const DEFAULT_PAGE_SIZE = 20;
const DEFAULT_SORT = 'loginAt:desc';
const MAX_PAGE_SIZE = 100;
/** How many sessions can be reached page by page; a search finds the others. */
const REACH = 10_000;

const isState = (text: unknown): text is SessionState =>
  (STATES as readonly unknown[]).includes(text);

const positive = (text: string | undefined, otherwise: number): number => {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : otherwise;
};

// An address can be typed by hand: `?_q[]=1` is parsed into an array.
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** Which sessions the address asks for. What makes no sense in it counts as not there. */
export const readFilter = ({ _q, state, userId }: PageParameters): SessionFilter => ({
  search: textOf(_q),
  state: isState(state) ? state : undefined,
  userId: textOf(userId),
});

/** The columns by which matching sessions can be sorted. Not all have an index: one user's are few. */
export const sortableColumns = ({ userId }: SessionFilter): string[] =>
  userId ? ['loginAt', 'lastUsedAt'] : ['loginAt'];

// Strapi's table header writes `loginAt:ASC`.
const readSort = (text: string | undefined, filter: SessionFilter): string => {
  const sort = /^([A-Za-z]+):(asc|desc)$/i.exec(text ?? '');
  const [, column, direction = ''] = sort ?? [];
  if (!column || !sortableColumns(filter).includes(column)) return DEFAULT_SORT;
  return `${column}:${direction.toLowerCase()}`;
};

/** Which page of which sessions the address asks for. */
export const readQuery = (parameters: PageParameters): SessionQuery => {
  const filter = readFilter(parameters);
  const pageSize = Math.min(
    positive(textOf(parameters.pageSize), DEFAULT_PAGE_SIZE),
    MAX_PAGE_SIZE,
  );
  return {
    ...filter,
    page: Math.min(positive(textOf(parameters.page), 1), Math.ceil(REACH / pageSize)),
    pageSize,
    sort: readSort(textOf(parameters.sort), filter),
  };
};

/** Whether every session is meant. */
export const isEverything = (filter: SessionFilter): boolean =>
  Object.values(filter).every((value) => value === undefined);
