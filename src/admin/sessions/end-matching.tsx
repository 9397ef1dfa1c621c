import { Button, Dialog, Loader } from '@strapi/design-system';
import { useState } from 'react';
import { useIntl } from 'react-intl';
import { useMatching, type SessionFilter } from './api';
import { Confirmation } from './confirmation';
import { isEverything } from './location';
import { messages } from './messages';
import { useEnding } from './use-ending';

/** The button that ends every live session that matches a filter, after saying how many they are. */
export const EndMatching = ({ filter }: { filter: SessionFilter }) => {
  const { formatMessage } = useIntl();
  const [isOpen, setOpen] = useState(false);
  const { data, isError } = useMatching({ filter }, isOpen);
  const end = useEnding();

  const body = () => {
    if (isError) return formatMessage(messages.failed);
    if (!data) return <Loader small>{formatMessage(messages.endMatchingCounting)}</Loader>;
    return formatMessage(messages.endMatchingBody, { count: data.matching, exact: data.isExact });
  };

  return (
    <Dialog.Root open={isOpen} onOpenChange={setOpen}>
      <Dialog.Trigger>
        <Button variant="danger-light" size="S">
          {formatMessage(messages.endMatching, { everything: isEverything(filter) })}
        </Button>
      </Dialog.Trigger>
      <Confirmation
        title={formatMessage(messages.endMatchingTitle)}
        action={formatMessage(messages.endMatchingConfirm)}
        disabled={!data?.matching}
        onConfirm={() => void end({ filter })}
      >
        {body()}
      </Confirmation>
    </Dialog.Root>
  );
};
