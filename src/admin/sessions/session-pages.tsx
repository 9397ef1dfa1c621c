import { Button, Flex, SingleSelect, SingleSelectOption, Typography } from '@strapi/design-system';
import { ChevronLeft, ChevronRight } from '@strapi/icons';
import type { SessionList } from './api-types';
import { PAGE_SIZES } from './location';
import { usePageQuery } from './use-page-query';
import { useText } from './use-text';

/**
 * The page size, and the buttons Newest, Newer and Older.
 *
 * @param pagination undefined while a page loads
 */
export const SessionPages = ({
  pagination,
}: {
  pagination: SessionList['pagination'] | undefined;
}) => {
  const text = useText();
  const { query, change } = usePageQuery();
  const newer = pagination?.newer ?? undefined;
  const older = pagination?.older ?? undefined;

  return (
    <Flex
      tag="nav"
      aria-label={text('sessions.pages')}
      justifyContent="space-between"
      paddingTop={4}
      paddingBottom={4}
    >
      <Flex gap={2}>
        <SingleSelect
          size="S"
          aria-label={text('sessions.pages.size')}
          value={query.pageSize}
          onChange={(value) => change({ pageSize: Number(value) })}
        >
          {PAGE_SIZES.map((size) => (
            <SingleSelectOption key={size} value={size}>
              {size}
            </SingleSelectOption>
          ))}
        </SingleSelect>
        <Typography textColor="neutral600" aria-hidden>
          {text('sessions.pages.size')}
        </Typography>
      </Flex>
      <Flex gap={2}>
        <Button
          variant="tertiary"
          disabled={!query.older && !query.newer}
          onClick={() => change({})}
        >
          {text('sessions.pages.newest')}
        </Button>
        <Button
          variant="tertiary"
          startIcon={<ChevronLeft />}
          disabled={!newer}
          onClick={() => change({ newer })}
        >
          {text('sessions.pages.newer')}
        </Button>
        <Button
          variant="tertiary"
          endIcon={<ChevronRight />}
          disabled={!older}
          onClick={() => change({ older })}
        >
          {text('sessions.pages.older')}
        </Button>
      </Flex>
    </Flex>
  );
};
