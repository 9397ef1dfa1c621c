import type { Core } from '@strapi/strapi';
import { isSessionEvent } from '../core/events';

type EventHub = Core.Strapi['eventHub'];
type Listener = Parameters<EventHub['on']>[1];
type Subscriber = Parameters<EventHub['subscribe']>[0];

/** Returns a function that calls `create` once for each argument. */
const memoize = <Wrapped extends object>(create: (original: Wrapped) => Wrapped) => {
  const known = new WeakMap<Wrapped, Wrapped>();
  return (original: Wrapped): Wrapped => {
    const existing = known.get(original);
    if (existing) return existing;
    const created = create(original);
    known.set(original, created);
    // Strapi's functions that remove a listener pass on what they were given.
    known.set(created, created);
    return created;
  };
};

/**
 * Keeps the listeners of session events apart from each other: one that throws, rejects or never resolves
 * is logged, and all others are called. By itself Strapi calls one after the other, webhooks among
 * them, and stops at the first that fails (`@strapi/core/dist/services/event-hub.js`).
 *
 * Has no effect on other events, nor on listeners that were added before.
 */
export const isolateListeners = ({ eventHub, log }: Core.Strapi): void => {
  const { on, off, subscribe, unsubscribe } = eventHub;

  const logFault = (error: unknown): void => {
    log.error('A listener of a session event failed');
    log.error(error);
  };
  const isolate = memoize<Listener>((listener) => async (...payload) => {
    // Not awaited: Strapi waits for this function before it calls the next listener.
    void (async () => listener(...payload))().catch(logFault);
  });
  const isolateSubscriber = memoize<Subscriber>((subscriber) => {
    const isolated = isolate(subscriber);
    return (name, ...payload) => (isSessionEvent(name) ? isolated : subscriber)(name, ...payload);
  });
  const listenerFor = (name: string, listener: Listener): Listener =>
    isSessionEvent(name) ? isolate(listener) : listener;

  Object.assign(eventHub, {
    on: (name, listener) => on(name, listenerFor(name, listener)),
    off: (name, listener) => off(name, listenerFor(name, listener)),
    subscribe: (subscriber) => subscribe(isolateSubscriber(subscriber)),
    unsubscribe: (subscriber) => unsubscribe(isolateSubscriber(subscriber)),
  } satisfies Partial<EventHub>);
};
