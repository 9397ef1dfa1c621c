import type { Core } from '@strapi/strapi';
import type { SessionEvent, SessionEventName } from '../core/events';

type EmitEvent = (name: SessionEventName, event: SessionEvent) => void;

/**
 * Creates the function that emits session events on `strapi.eventHub` (design section 6, events).
 * While a transaction is open, it waits for the commit: a revocation that is rolled back emits nothing.
 */
export const createEventEmitter = (strapi: Core.Strapi): EmitEvent => {
  const emit = (name: SessionEventName, event: SessionEvent): void => {
    strapi.eventHub.emit(name, { ...event }).catch((error: unknown) => strapi.log.error(error));
  };

  return (name, event) => {
    if (!strapi.db.inTransaction()) {
      emit(name, event);
      return;
    }
    void strapi.db.transaction(({ onCommit }) => {
      onCommit(() => emit(name, event));
    });
  };
};
