import { Button, EmptyStateLayout } from '@strapi/design-system';
import { WarningCircle } from '@strapi/icons';
import {
  Layouts,
  Pagination,
  useAPIErrorHandler,
  useRBAC,
  type FetchError,
} from '@strapi/strapi/admin';
import { useIntl } from 'react-intl';
import type { SessionFilter, SessionList as Sessions } from './api';
import { EndMatching } from './end-matching';
import { DEFAULT_PAGE_SIZE, isEverything, sortableColumns } from './location';
import { messages } from './messages';
import { READ_AND_REVOKE } from './permissions';
import { SessionFilters } from './session-filters';
import { SessionTable } from './session-table';

interface SessionListProps {
  readonly filter: SessionFilter;
  /** undefined until they have arrived. */
  readonly sessions: Sessions | undefined;
  /** Whether others are on their way. */
  readonly isLoading: boolean;
  readonly error: unknown;
  readonly onRetry: () => void;
}

/** The sessions that match a filter, with the means to change it. */
export const SessionList = ({ filter, sessions, isLoading, error, onRetry }: SessionListProps) => {
  const { formatMessage } = useIntl();
  const {
    allowedActions: { canRevoke = false },
  } = useRBAC(READ_AND_REVOKE);
  const { formatAPIError } = useAPIErrorHandler();
  const { results = [], pagination } = sessions ?? {};

  return (
    <>
      <Layouts.Action
        startActions={<SessionFilters userName={results[0]?.user?.username} />}
        endActions={canRevoke && results.length > 0 && <EndMatching filter={filter} />}
      />
      <Layouts.Content>
        {error ? (
          <EmptyStateLayout
            hasRadius
            shadow="tableShadow"
            icon={<WarningCircle width="6rem" height="6rem" />}
            content={`${formatMessage(messages.failed)}: ${formatAPIError(error as FetchError)}`}
            action={<Button onClick={onRetry}>{formatMessage(messages.tryAgain)}</Button>}
          />
        ) : (
          <>
            <SessionTable
              sessions={results}
              isLoading={isLoading}
              canEnd={canRevoke}
              sortable={sortableColumns(filter)}
              empty={formatMessage(isEverything(filter) ? messages.none : messages.noneFound)}
            />
            <Pagination.Root {...pagination} defaultPageSize={DEFAULT_PAGE_SIZE}>
              <Pagination.PageSize />
              <Pagination.Links />
            </Pagination.Root>
          </>
        )}
      </Layouts.Content>
    </>
  );
};
