import { Box, SingleSelect, SingleSelectOption, Tag } from '@strapi/design-system';
import { Cross } from '@strapi/icons';
import { SearchInput, useQueryParams, withEncodedUserParams } from '@strapi/strapi/admin';
import { useIntl } from 'react-intl';
import { stateLabels } from './labels';
import { readFilter, STATES, type PageParameters } from './location';
import { messages } from './messages';

/**
 * Search, state and user. All are kept in the address of the page.
 *
 * @param userName what to call the user whose sessions alone are shown
 */
export const SessionFilters = ({ userName }: { userName: string | undefined }) => {
  const { formatMessage } = useIntl();
  const [{ query }, setQuery] = useQueryParams<PageParameters>();
  const { state, userId } = readFilter(query);
  // Strapi's hook writes what is kept undecoded, but for what this function encodes.
  const change = (next: PageParameters) =>
    setQuery(withEncodedUserParams(query, { ...next, page: '1' }));

  return (
    <>
      <SearchInput
        label={formatMessage(messages.searchLabel)}
        placeholder={formatMessage(messages.search)}
      />
      <Box width="20rem">
        <SingleSelect
          size="S"
          aria-label={formatMessage(messages.filterState)}
          placeholder={formatMessage(messages.anyState)}
          clearLabel={formatMessage(messages.clear)}
          value={state ?? ''}
          onChange={(value) => change({ state: String(value) })}
          onClear={() => change({ state: undefined })}
        >
          {STATES.map((value) => (
            <SingleSelectOption key={value} value={value}>
              {formatMessage(stateLabels[value])}
            </SingleSelectOption>
          ))}
        </SingleSelect>
      </Box>
      {userId && (
        <Tag
          icon={<Cross aria-hidden />}
          label={formatMessage(messages.clear)}
          onClick={() => change({ userId: undefined })}
        >
          {formatMessage(messages.onlyUser, { user: userName ?? userId })}
        </Tag>
      )}
    </>
  );
};
