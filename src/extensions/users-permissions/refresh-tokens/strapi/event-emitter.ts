import type { Core } from '@strapi/strapi';
import type { SessionEvent, SessionEventName } from '../core/events';

/** Tells the rest of the application what happened to a session. */
export type EmitEvent = (name: SessionEventName, event: SessionEvent) => void;

/**
 * Makes the announcer: `strapi.eventHub` events, after the commit when a transaction is open, so
 * that nobody hears of a revocation that was rolled back.
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
