import { Box, Button, Dialog, Flex, Link, Loader, Typography } from '@strapi/design-system';
import { useIntl } from 'react-intl';
import { NavLink } from 'react-router-dom';
import { useSessions, type Session } from './api';
import { Confirmation } from './confirmation';
import { pageOfUser } from './location';
import { messages } from './messages';
import { Moment } from './moment';
import { useEnding } from './use-ending';

const SHOWN = 5;

const Row = ({ session }: { session: Session }) => {
  const { formatMessage } = useIntl();
  return (
    <Box tag="li" width="100%">
      <Typography tag="p" ellipsis fontWeight="semiBold" textColor="neutral800">
        {session.deviceName ?? formatMessage(messages.unknownDevice)}
      </Typography>
      <Typography tag="p" variant="pi" textColor="neutral600">
        <Moment at={session.lastUsedAt} />
        {session.ipAddress && ` · ${session.ipAddress}`}
      </Typography>
    </Box>
  );
};

const LastLogin = ({ userId }: { userId: string }) => {
  const { formatMessage } = useIntl();
  const { data } = useSessions({ userId, page: 1, pageSize: 1, sort: 'loginAt:desc' });
  if (!data) return null;
  const [latest] = data.results;
  return (
    <Flex tag="dl" justifyContent="space-between" width="100%">
      <Typography tag="dt" textColor="neutral600">
        {formatMessage(messages.lastLogin)}
      </Typography>
      <Typography tag="dd" textColor="neutral800">
        {latest ? <Moment at={latest.loginAt} /> : formatMessage(messages.noLogin)}
      </Typography>
    </Flex>
  );
};

const EndAll = ({ userId, userName }: { userId: string; userName: string }) => {
  const { formatMessage } = useIntl();
  const end = useEnding();
  return (
    <Dialog.Root>
      <Dialog.Trigger>
        <Button fullWidth variant="danger-light">
          {formatMessage(messages.endAll)}
        </Button>
      </Dialog.Trigger>
      <Confirmation
        title={formatMessage(messages.endAllTitle)}
        action={formatMessage(messages.endAll)}
        onConfirm={() => void end({ userId })}
      >
        {formatMessage(messages.endAllBody, { user: userName })}
      </Confirmation>
    </Dialog.Root>
  );
};

interface UserSessionsProps {
  /** The document id of the user. */
  readonly userId: string;
  readonly userName: string;
  readonly canEnd: boolean;
}

/** Where a user is logged in, shortly. */
export const UserSessions = ({ userId, userName, canEnd }: UserSessionsProps) => {
  const { formatMessage } = useIntl();
  const { data, isError } = useSessions({
    userId,
    state: 'live',
    page: 1,
    pageSize: SHOWN,
    sort: 'loginAt:desc',
  });

  if (isError) {
    return <Typography textColor="danger600">{formatMessage(messages.failed)}</Typography>;
  }
  if (!data) return <Loader small>{formatMessage(messages.loading)}</Loader>;

  const { results, pagination } = data;
  const more = pagination.total - results.length;
  return (
    <Flex direction="column" alignItems="stretch" gap={3} width="100%">
      <LastLogin userId={userId} />
      {results.length === 0 ? (
        <Typography textColor="neutral600">{formatMessage(messages.panelNone)}</Typography>
      ) : (
        <Flex tag="ul" direction="column" alignItems="stretch" gap={3}>
          {results.map((session) => (
            <Row key={session.id} session={session} />
          ))}
        </Flex>
      )}
      {more > 0 && (
        <Typography variant="pi" textColor="neutral600">
          {formatMessage(messages.panelMore, { count: more })}
        </Typography>
      )}
      <Link tag={NavLink} to={pageOfUser(userId)}>
        {formatMessage(messages.panelAll)}
      </Link>
      {canEnd && results.length > 0 && <EndAll userId={userId} userName={userName} />}
    </Flex>
  );
};
