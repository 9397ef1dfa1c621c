import { Box, Searchbar, SingleSelect, SingleSelectOption, Tag } from '@strapi/design-system';
import { Cross } from '@strapi/icons';
import { useState } from 'react';
import type { Session } from './api-types';
import { STATES } from './location';
import { usePageQuery } from './use-page-query';
import { useText } from './use-text';

const WIDTH = '19rem';

interface TextFilterProps {
  readonly name: 'user' | 'device' | 'address';
  readonly label: string;
}

/** A text field that changes the filter on Enter, when it loses the focus, and when it is cleared. */
const TextFilter = ({ name, label }: TextFilterProps) => {
  const text = useText();
  const { filter, change } = usePageQuery();
  const value = filter[name] ?? '';
  const [typed, setTyped] = useState(value);
  const [shown, setShown] = useState(value);
  // The address of the page also changes without this field, for example with the Back button.
  if (shown !== value) {
    setShown(value);
    setTyped(value);
  }
  const apply = (next: string) => {
    if (next !== value) change({ [name]: next });
  };

  return (
    <Box
      tag="form"
      width={WIDTH}
      onSubmit={(event) => {
        event.preventDefault();
        apply(typed.trim());
      }}
    >
      <Searchbar
        name={name}
        value={typed}
        maxLength={100}
        placeholder={label}
        clearLabel={text('sessions.filter.clear')}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={() => apply(typed.trim())}
        onClear={() => {
          setTyped('');
          apply('');
        }}
      >
        {label}
      </Searchbar>
    </Box>
  );
};

/**
 * The filters for user, device, address and state.
 *
 * @param sessions the sessions that match; with a user id as filter they give the user's name
 */
export const SessionFilters = ({ sessions }: { sessions: readonly Session[] }) => {
  const text = useText();
  const {
    filter: { state, userId },
    change,
  } = usePageQuery();

  return (
    <>
      <TextFilter name="user" label={text('sessions.filter.user')} />
      <TextFilter name="device" label={text('sessions.device')} />
      <TextFilter name="address" label={text('sessions.address')} />
      <Box width={WIDTH}>
        <SingleSelect
          size="S"
          aria-label={text('sessions.state')}
          placeholder={text('sessions.filter.any-state')}
          clearLabel={text('sessions.filter.clear')}
          value={state ?? ''}
          onChange={(value) => change({ state: STATES.find((known) => known === value) })}
          onClear={() => change({ state: undefined })}
        >
          {STATES.map((value) => (
            <SingleSelectOption key={value} value={value}>
              {text(`sessions.state.${value}`)}
            </SingleSelectOption>
          ))}
        </SingleSelect>
      </Box>
      {userId && (
        <Tag
          icon={<Cross aria-hidden />}
          label={text('sessions.filter.clear')}
          onClick={() => change({ userId: undefined })}
        >
          {text('sessions.filter.one-user', { user: sessions[0]?.user?.username ?? userId })}
        </Tag>
      )}
    </>
  );
};
