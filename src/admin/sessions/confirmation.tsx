import { Button, Dialog } from '@strapi/design-system';
import { ConfirmDialog } from '@strapi/strapi/admin';
import type { ReactNode } from 'react';

interface ConfirmationProps {
  readonly title: string;
  readonly children: ReactNode;
  /** The label of the button that confirms. */
  readonly action: string;
  readonly disabled?: boolean;
  readonly onConfirm: () => void;
}

/** The content of a `Dialog.Root` that asks before sessions are ended. */
export const Confirmation = ({
  title,
  children,
  action,
  disabled,
  onConfirm,
}: ConfirmationProps) => (
  <ConfirmDialog
    title={title}
    endAction={
      <Dialog.Action>
        <Button fullWidth variant="danger-light" disabled={disabled} onClick={onConfirm}>
          {action}
        </Button>
      </Dialog.Action>
    }
  >
    {children}
  </ConfirmDialog>
);
