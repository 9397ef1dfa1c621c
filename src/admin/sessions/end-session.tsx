import { Button, Dialog } from '@strapi/design-system';
import { useIntl } from 'react-intl';
import type { Session } from './api';
import { Confirmation } from './confirmation';
import { messages } from './messages';

interface EndSessionProps {
  readonly session: Session;
  readonly onConfirm: () => void;
}

/** The button that ends one session, after asking. */
export const EndSession = ({ session, onConfirm }: EndSessionProps) => {
  const { formatMessage } = useIntl();
  const names = {
    user: session.user?.username ?? formatMessage(messages.deletedUser),
    device: session.deviceName ?? formatMessage(messages.unknownDevice),
  };
  return (
    <Dialog.Root>
      <Dialog.Trigger>
        <Button variant="tertiary" size="S" aria-label={formatMessage(messages.endOneLabel, names)}>
          {formatMessage(messages.endOne)}
        </Button>
      </Dialog.Trigger>
      <Confirmation
        title={formatMessage(messages.endOneTitle)}
        action={formatMessage(messages.endOneConfirm)}
        onConfirm={onConfirm}
      >
        {formatMessage(messages.endOneBody, names)}
      </Confirmation>
    </Dialog.Root>
  );
};
