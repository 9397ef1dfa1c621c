import { Box, Button, EmptyStateLayout } from '@strapi/design-system';
import { ArrowClockwise, WarningCircle } from '@strapi/icons';
import { Layouts, Page, useAPIErrorHandler, useRBAC, type FetchError } from '@strapi/strapi/admin';
import { useIsFetching, useQueryClient } from 'react-query';
import { SESSIONS, useSessions } from './api';
import { EndMatching } from './end-matching';
import { isEverything } from './location';
import { READ, READ_AND_REVOKE } from './permissions';
import { SessionFilters } from './session-filters';
import { SessionPages } from './session-pages';
import { SessionTable } from './session-table';
import { SessionStatistics } from './statistics';
import { usePageQuery } from './use-page-query';
import { useText } from './use-text';

const LoadingError = ({ error, onRetry }: { error: unknown; onRetry: () => void }) => {
  const text = useText();
  const { formatAPIError } = useAPIErrorHandler();
  return (
    <EmptyStateLayout
      hasRadius
      shadow="tableShadow"
      icon={<WarningCircle width="6rem" height="6rem" />}
      content={`${text('sessions.failed')}: ${formatAPIError(error as FetchError)}`}
      action={<Button onClick={onRetry}>{text('sessions.try-again')}</Button>}
    />
  );
};

const SessionList = () => {
  const text = useText();
  const {
    allowedActions: { canRevoke = false },
  } = useRBAC(READ_AND_REVOKE);
  const { query, filter } = usePageQuery();
  const { data, error, isLoading, isPreviousData, refetch } = useSessions(query);
  const { results = [], pagination } = data ?? {};

  return (
    <>
      <Layouts.Action
        startActions={<SessionFilters sessions={results} />}
        endActions={canRevoke && results.length > 0 && <EndMatching filter={filter} />}
      />
      <Layouts.Content>
        {error ? (
          <LoadingError error={error} onRetry={() => void refetch()} />
        ) : (
          <SessionTable
            sessions={results}
            isLoading={isLoading || isPreviousData}
            canEnd={canRevoke}
            empty={text(isEverything(filter) ? 'sessions.none' : 'sessions.none-found')}
          />
        )}
        <SessionPages pagination={isPreviousData ? undefined : pagination} />
      </Layouts.Content>
    </>
  );
};

/** The page "Sessions": the statistics, and the sessions of all API users. */
const SessionsPage = () => {
  const text = useText();
  const client = useQueryClient();
  const isFetching = useIsFetching(SESSIONS) > 0;

  return (
    <Page.Protect permissions={READ}>
      <Page.Main>
        <Page.Title>{text('sessions.title')}</Page.Title>
        <Layouts.Header
          title={text('sessions.title')}
          primaryAction={
            <Button
              variant="tertiary"
              startIcon={<ArrowClockwise />}
              loading={isFetching}
              onClick={() => void client.invalidateQueries(SESSIONS)}
            >
              {text('sessions.refresh')}
            </Button>
          }
        />
        <Layouts.Content>
          <Box paddingBottom={6}>
            <SessionStatistics />
          </Box>
        </Layouts.Content>
        <SessionList />
      </Page.Main>
    </Page.Protect>
  );
};

export default SessionsPage;
