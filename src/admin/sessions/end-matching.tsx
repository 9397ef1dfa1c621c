import { Button, Dialog, Loader } from '@strapi/design-system';
import { useState } from 'react';
import { useMatching } from './api';
import type { SessionFilter } from './api-types';
import { Confirmation } from './confirmation';
import { isEverything } from './location';
import { useEnding } from './use-ending';
import { useText } from './use-text';

/** The button that ends every live session that matches a filter. The confirmation shows their number. */
export const EndMatching = ({ filter }: { filter: SessionFilter }) => {
  const text = useText();
  const [isOpen, setOpen] = useState(false);
  const { data, isError } = useMatching({ filter }, isOpen);
  const end = useEnding();

  const body = () => {
    if (isError) return text('sessions.failed');
    if (!data) return <Loader small>{text('sessions.end-matching.counting')}</Loader>;
    return text('sessions.end-matching.body', { count: data.matching, exact: data.isExact });
  };

  return (
    <Dialog.Root open={isOpen} onOpenChange={setOpen}>
      <Dialog.Trigger>
        <Button variant="danger-light" size="S">
          {text('sessions.end-matching', { everything: isEverything(filter) })}
        </Button>
      </Dialog.Trigger>
      <Confirmation
        title={text('sessions.end-matching.title')}
        action={text('sessions.end-matching.confirm')}
        disabled={!data?.matching}
        onConfirm={() => void end({ filter })}
      >
        {body()}
      </Confirmation>
    </Dialog.Root>
  );
};
