import { Button, Dialog } from '@strapi/design-system';
import type { Session } from './api-types';
import { Confirmation } from './confirmation';
import { useEnding } from './use-ending';
import { useText } from './use-text';

/** The button that ends one session after a confirmation. */
export const EndSession = ({ session }: { session: Session }) => {
  const text = useText();
  const end = useEnding();
  const names = {
    user: session.user?.username ?? text('sessions.deleted-user'),
    device: session.deviceName ?? text('sessions.unknown-device'),
  };
  return (
    <Dialog.Root>
      <Dialog.Trigger>
        <Button variant="tertiary" size="S" aria-label={text('sessions.end-one.label', names)}>
          {text('sessions.end-one')}
        </Button>
      </Dialog.Trigger>
      <Confirmation
        title={text('sessions.end-one.title')}
        action={text('sessions.end-one.confirm')}
        onConfirm={() => void end({ sessionId: session.id })}
      >
        {text('sessions.end-one.body', names)}
      </Confirmation>
    </Dialog.Root>
  );
};
