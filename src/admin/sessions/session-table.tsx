import { Flex, Link, Tooltip, Typography, VisuallyHidden } from '@strapi/design-system';
import { Table } from '@strapi/strapi/admin';
import { useIntl } from 'react-intl';
import { NavLink } from 'react-router-dom';
import type { Session } from './api';
import { EndSession } from './end-session';
import { reasonLabel } from './labels';
import { messages } from './messages';
import { Moment } from './moment';
import { StateBadge } from './state-badge';
import { useEnding } from './use-ending';

const COLUMNS = [
  { name: 'user', label: messages.user },
  { name: 'device', label: messages.device },
  { name: 'loginAt', label: messages.login },
  { name: 'lastUsedAt', label: messages.lastUsed },
  { name: 'state', label: messages.state },
] as const;

const UserCell = ({ user }: Pick<Session, 'user'>) => {
  const { formatMessage } = useIntl();
  if (!user) {
    return <Typography textColor="neutral600">{formatMessage(messages.deletedUser)}</Typography>;
  }
  return (
    <Flex direction="column" alignItems="flex-start">
      <Link
        tag={NavLink}
        to={`/content-manager/collection-types/plugin::users-permissions.user/${user.documentId}`}
      >
        {user.username}
      </Link>
      <Typography variant="pi" textColor="neutral600">
        {user.email}
      </Typography>
    </Flex>
  );
};

const DeviceCell = ({ session }: { session: Session }) => {
  const { formatMessage } = useIntl();
  const device = session.deviceName ?? formatMessage(messages.unknownDevice);
  return (
    <Flex direction="column" alignItems="flex-start">
      {session.userAgent ? (
        <Tooltip label={session.userAgent}>
          <Typography textColor="neutral800">{device}</Typography>
        </Tooltip>
      ) : (
        <Typography textColor="neutral800">{device}</Typography>
      )}
      <Typography variant="pi" textColor="neutral600">
        {session.ipAddress}
      </Typography>
    </Flex>
  );
};

const StateCell = ({ session: { state, reason, endedAt } }: { session: Session }) => {
  const { formatMessage } = useIntl();
  return (
    <Flex direction="column" alignItems="flex-start" gap={1}>
      <StateBadge state={state} />
      {reason && (
        <Typography variant="pi" textColor="neutral600">
          {formatMessage(reasonLabel(reason))}
          {endedAt && (
            <>
              {' · '}
              <Moment at={endedAt} />
            </>
          )}
        </Typography>
      )}
    </Flex>
  );
};

interface SessionTableProps {
  readonly sessions: readonly Session[];
  readonly isLoading: boolean;
  readonly canEnd: boolean;
  /** The columns by which they can be sorted. */
  readonly sortable: readonly string[];
  /** What is said when there are none. */
  readonly empty: string;
}

/** Sessions, one a row, each with a button to end it. */
export const SessionTable = ({
  sessions,
  isLoading,
  canEnd,
  sortable,
  empty,
}: SessionTableProps) => {
  const { formatMessage } = useIntl();
  const end = useEnding();
  const headers = COLUMNS.map(({ name, label }) => ({
    name,
    label: formatMessage(label),
    sortable: sortable.includes(name),
  }));

  return (
    <Table.Root rows={[...sessions]} headers={headers} isLoading={isLoading}>
      <Table.Content>
        <Table.Head>
          {headers.map((header) => (
            <Table.HeaderCell key={header.name} {...header} />
          ))}
          {canEnd && <Table.HeaderCell name="actions" label={formatMessage(messages.actions)} />}
        </Table.Head>
        <Table.Loading>{formatMessage(messages.loading)}</Table.Loading>
        <Table.Empty content={empty} />
        <Table.Body>
          {sessions.map((session) => (
            <Table.Row key={session.id}>
              <Table.Cell>
                <UserCell user={session.user} />
              </Table.Cell>
              <Table.Cell>
                <DeviceCell session={session} />
              </Table.Cell>
              <Table.Cell>
                <Typography textColor="neutral800">
                  <Moment at={session.loginAt} />
                </Typography>
              </Table.Cell>
              <Table.Cell>
                <Typography textColor="neutral800">
                  <Moment at={session.lastUsedAt} />
                </Typography>
              </Table.Cell>
              <Table.Cell>
                <StateCell session={session} />
              </Table.Cell>
              {canEnd && (
                <Table.Cell>
                  {session.state === 'live' ? (
                    <EndSession
                      session={session}
                      onConfirm={() => void end({ sessionId: session.id })}
                    />
                  ) : (
                    <VisuallyHidden>–</VisuallyHidden>
                  )}
                </Table.Cell>
              )}
            </Table.Row>
          ))}
        </Table.Body>
      </Table.Content>
    </Table.Root>
  );
};
