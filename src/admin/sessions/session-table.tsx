import { Flex, Link, Tooltip, Typography, VisuallyHidden } from '@strapi/design-system';
import { Table } from '@strapi/strapi/admin';
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
  readonly value: string;
  readonly filter: SessionFilter;
  readonly hint?: string | null;
}

/** A value that becomes the filter of the list when it is clicked. */
const FilterLink = ({ value, filter, hint }: FilterLinkProps) => {
  const text = useText();
  const { linkTo } = usePageQuery();
  return (
    <Tooltip label={hint ?? text('sessions.filter.only', { value })}>
      <Link tag={RouterLink} to={linkTo(filter)} color="neutral800">
        {value}
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

const DeviceCell = ({ session: { deviceName, userAgent } }: { session: Session }) => {
  const text = useText();
  if (!deviceName) return <Typography>{text('sessions.unknown-device')}</Typography>;
  return <FilterLink value={deviceName} filter={{ device: deviceName }} hint={userAgent} />;
};

const AddressCell = ({ session: { ipAddress } }: { session: Session }) =>
  ipAddress && <FilterLink value={ipAddress} filter={{ address: ipAddress }} />;

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
  readonly Cell: (props: { session: Session }) => React.ReactNode;
}

const COLUMNS: readonly Column[] = [
  { name: 'sessions.user', Cell: UserCell },
  { name: 'sessions.device', Cell: DeviceCell },
  { name: 'sessions.address', Cell: AddressCell },
  { name: 'sessions.login', Cell: ({ session }) => <Moment at={session.loginAt} /> },
  { name: 'sessions.last-used', Cell: ({ session }) => <Moment at={session.lastUsedAt} /> },
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
