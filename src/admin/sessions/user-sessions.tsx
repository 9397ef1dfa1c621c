import { Box, Button, Dialog, Flex, Link, Loader, Typography } from '@strapi/design-system';
import { NavLink } from 'react-router-dom';
import { useSessions } from './api';
import type { Session } from './api-types';
import { Confirmation } from './confirmation';
import { pageOfUser } from './location';
import { Moment } from './moment';
import { useEnding } from './use-ending';
import { useText } from './use-text';

const SHOWN = 5;

const Row = ({ session }: { session: Session }) => {
  const text = useText();
  return (
    <Box tag="li" width="100%">
      <Typography tag="p" ellipsis fontWeight="semiBold" textColor="neutral800">
        {session.deviceName ?? text('sessions.unknown-device')}
      </Typography>
      <Typography tag="p" variant="pi" textColor="neutral600">
        <Moment at={session.lastUsedAt} />
        {session.ipAddress && ` · ${session.ipAddress}`}
      </Typography>
      {session.impersonatedBy && (
        <Typography tag="p" variant="pi" textColor="warning600">
          {text('sessions.impersonated-by', { name: session.impersonatedBy })}
        </Typography>
      )}
    </Box>
  );
};

const LastLogin = ({ userId }: { userId: string }) => {
  const text = useText();
  const { data } = useSessions({ userId, pageSize: 1 });
  if (!data) return null;
  const [latest] = data.results;
  return (
    <Flex tag="dl" justifyContent="space-between" width="100%">
      <Typography tag="dt" textColor="neutral600">
        {text('sessions.panel.last-login')}
      </Typography>
      <Typography tag="dd" textColor="neutral800">
        {latest ? <Moment at={latest.loginAt} /> : text('sessions.panel.no-login')}
      </Typography>
    </Flex>
  );
};

const EndAll = ({ userId, userName }: { userId: string; userName: string }) => {
  const text = useText();
  const end = useEnding();
  return (
    <Dialog.Root>
      <Dialog.Trigger>
        <Button fullWidth variant="danger-light">
          {text('sessions.end-all')}
        </Button>
      </Dialog.Trigger>
      <Confirmation
        title={text('sessions.end-all.title')}
        action={text('sessions.end-all')}
        onConfirm={() => void end({ userId })}
      >
        {text('sessions.end-all.body', { user: userName })}
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

/** The last login and the newest live sessions of a user, and a button that ends them all. */
export const UserSessions = ({ userId, userName, canEnd }: UserSessionsProps) => {
  const text = useText();
  const { data, isError } = useSessions({ userId, state: 'live', pageSize: SHOWN });

  if (isError) return <Typography textColor="danger600">{text('sessions.failed')}</Typography>;
  if (!data) return <Loader small>{text('sessions.loading')}</Loader>;

  const { results, pagination } = data;
  return (
    <Flex direction="column" alignItems="stretch" gap={3} width="100%">
      <LastLogin userId={userId} />
      {results.length === 0 ? (
        <Typography textColor="neutral600">{text('sessions.panel.none')}</Typography>
      ) : (
        <Flex tag="ul" direction="column" alignItems="stretch" gap={3}>
          {results.map((session) => (
            <Row key={session.id} session={session} />
          ))}
        </Flex>
      )}
      {pagination.older && (
        <Typography variant="pi" textColor="neutral600">
          {text('sessions.panel.more', { count: results.length })}
        </Typography>
      )}
      <Link tag={NavLink} to={pageOfUser(userId)}>
        {text('sessions.panel.all')}
      </Link>
      {canEnd && results.length > 0 && <EndAll userId={userId} userName={userName} />}
    </Flex>
  );
};
