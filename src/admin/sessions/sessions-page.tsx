import { Box, Button } from '@strapi/design-system';
import { ArrowClockwise } from '@strapi/icons';
import { Layouts, Page, useQueryParams } from '@strapi/strapi/admin';
import { useIntl } from 'react-intl';
import { useQueryClient } from 'react-query';
import { useSessions } from './api';
import { readFilter, readQuery, type PageParameters } from './location';
import { messages } from './messages';
import { READ } from './permissions';
import { SessionList } from './session-list';
import { SessionStatistics } from './statistics';

const Sessions = () => {
  const { formatMessage } = useIntl();
  const client = useQueryClient();
  const [{ query }] = useQueryParams<PageParameters>();
  const { data, error, isFetching, isLoading, isPreviousData } = useSessions(readQuery(query));
  const refresh = () => void client.invalidateQueries('sessions');

  const title = formatMessage(messages.title);
  const total = data && {
    total: data.pagination.total,
    exact: data.pagination.isTotalExact,
  };
  return (
    <Page.Main>
      <Page.Title>{title}</Page.Title>
      <Layouts.Header
        title={title}
        subtitle={total && formatMessage(messages.total, total)}
        primaryAction={
          <Button
            variant="tertiary"
            startIcon={<ArrowClockwise />}
            loading={isFetching}
            onClick={refresh}
          >
            {formatMessage(messages.refresh)}
          </Button>
        }
      />
      <Layouts.Content>
        <Box paddingBottom={6}>
          <SessionStatistics />
        </Box>
      </Layouts.Content>
      <SessionList
        filter={readFilter(query)}
        sessions={data}
        isLoading={isLoading || isPreviousData}
        error={error}
        onRetry={refresh}
      />
    </Page.Main>
  );
};

/** The page "Sessions": every session of every API user, and what they add up to. */
const SessionsPage = () => (
  <Page.Protect permissions={READ}>
    <Sessions />
  </Page.Protect>
);

export default SessionsPage;
