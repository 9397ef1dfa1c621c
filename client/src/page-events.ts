/**
 * Calls back when the page should look after its login: the network is there again, the page is shown again, or it comes
 * out of the back-forward cache. Does nothing outside of a browser.
 *
 * @param resume gets true if anything may have happened to the login meanwhile
 * @param signal removes the listeners
 */
export const watchPage = (resume: (isStale: boolean) => void, signal: AbortSignal): void => {
  for (const type of ['online', 'focus', 'pageshow']) {
    const listener = (event: Event) => resume(!!(event as PageTransitionEvent).persisted);
    globalThis.addEventListener?.(type, listener, { signal });
  }
};
