import { Flex, Link, Tooltip, Typography, VisuallyHidden } from '@strapi/design-system';
import { Table } from '@strapi/strapi/admin';
import type { ReactNode } from 'react';
import { useIntl } from 'react-intl';
import { NavLink, Link as RouterLink } from 'react-router-dom';
import type { Session, SessionFilter } from './api-types';
import { EndSession } from './end-session';
import type { MessageId } from './messages';
import { Moment } from './moment';
import { StateBadge } from './state-badge';
import { usePageQuery } from './use-page-query';
import { useText } from './use-text';

interface FilterLinkProps {
  readonly filter: SessionFilter;
  readonly hint: string;
  readonly children: ReactNode;
}

/** A link that filters the list. */
const FilterLink = ({ filter, hint, children }: FilterLinkProps) => {
  const { linkTo } = usePageQuery();
  return (
    <Tooltip label={hint}>
      <Link tag={RouterLink} to={linkTo(filter)} color="neutral800">
        {children}
      </Link>
    </Tooltip>
  );
};

const UserCell = ({ session: { user } }: { session: Session }) => {
  const text = useText();
  if (!user) return <Typography textColor="neutral600">{text('sessions.deleted-user')}</Typography>;
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
  const { deviceName, userAgent, ipAddress, impersonatedBy } = session;
  const text = useText();
  const hint = (value: string) => text('sessions.filter.only', { value });
  return (
    <Flex direction="column" alignItems="flex-start">
      {deviceName ? (
        <FilterLink filter={{ device: deviceName }} hint={userAgent ?? hint(deviceName)}>
          {deviceName}
        </FilterLink>
      ) : (
        <Typography textColor="neutral800">{text('sessions.unknown-device')}</Typography>
      )}
      {ipAddress && (
        <FilterLink filter={{ address: ipAddress }} hint={hint(ipAddress)}>
          <Typography variant="pi" textColor="neutral600">
            {ipAddress}
          </Typography>
        </FilterLink>
      )}
      {impersonatedBy && (
        <Typography variant="pi" textColor="warning600">
          {text('sessions.impersonated-by', { name: impersonatedBy })}
        </Typography>
      )}
    </Flex>
  );
};

const TimeCell = ({ at }: { at: string }) => (
  <Typography textColor="neutral800">
    <Moment at={at} />
  </Typography>
);

const StateCell = ({ session: { state, reason, endedAt } }: { session: Session }) => {
  const { formatMessage } = useIntl();
  return (
    <Flex direction="column" alignItems="flex-start" gap={1}>
      <StateBadge state={state} />
      {reason && (
        <Typography variant="pi" textColor="neutral600">
          {/* A server of a later version can have reasons without a text here. */}
          {formatMessage({ id: `sessions.reason.${reason}`, defaultMessage: reason })}
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

const ActionCell = ({ session }: { session: Session }) =>
  session.state === 'live' ? <EndSession session={session} /> : <VisuallyHidden>–</VisuallyHidden>;

interface Column {
  readonly name: MessageId;
  readonly Cell: (props: { session: Session }) => ReactNode;
}

const COLUMNS: readonly Column[] = [
  { name: 'sessions.user', Cell: UserCell },
  { name: 'sessions.device', Cell: DeviceCell },
  { name: 'sessions.login', Cell: ({ session }) => <TimeCell at={session.loginAt} /> },
  { name: 'sessions.last-used', Cell: ({ session }) => <TimeCell at={session.lastUsedAt} /> },
  { name: 'sessions.state', Cell: StateCell },
];
const ACTIONS: Column = { name: 'sessions.actions', Cell: ActionCell };

interface SessionTableProps {
  readonly sessions: readonly Session[];
  readonly isLoading: boolean;
  readonly canEnd: boolean;
  /** The text shown when there are no sessions. */
  readonly empty: string;
}

/** A table with one row for each session, and a button in it that ends the session. */
export const SessionTable = ({ sessions, isLoading, canEnd, empty }: SessionTableProps) => {
  const text = useText();
  const columns = canEnd ? [...COLUMNS, ACTIONS] : COLUMNS;
  const headers = columns.map(({ name }) => ({ name, label: text(name) }));

  return (
    <Table.Root rows={[...sessions]} headers={headers} isLoading={isLoading}>
      <Table.Content>
        <Table.Head>
          {headers.map((header) => (
            <Table.HeaderCell key={header.name} {...header} />
          ))}
        </Table.Head>
        <Table.Loading>{text('sessions.loading')}</Table.Loading>
        <Table.Empty content={empty} />
        <Table.Body>
          {sessions.map((session) => (
            <Table.Row key={session.id}>
              {columns.map(({ name, Cell }) => (
                <Table.Cell key={name}>
                  <Cell session={session} />
                </Table.Cell>
              ))}
            </Table.Row>
          ))}
        </Table.Body>
      </Table.Content>
    </Table.Root>
  );
};
