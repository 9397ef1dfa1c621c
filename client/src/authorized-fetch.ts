import type { Access } from './access-token.ts';
import { accountChanged, loggedOut } from './errors.ts';
import type { ClientSession } from './session.ts';

/** How long a 401 that a new token did not cure starts no other refresh, in milliseconds. */
const UNCURED_TIME = 30_000;

/** Calls back with the reason when the signal aborts, or if it has. */
const onAbort = (signal: AbortSignal, run: (reason: unknown) => void) => {
  // React Native gives no reason.
  const abort = () => run(signal.reason ?? new Error('Aborted'));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
};

/** Rejects when the signal aborts. The promise itself goes on, since other callers wait for it, too. */
const abortable = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    onAbort(signal, reject);
    promise.then(resolve, reject);
  });

/** Returns a signal that aborts with each of these. */
const anyOf = (signals: AbortSignal[]): AbortSignal => {
  if (AbortSignal.any) return AbortSignal.any(signals);
  // React Native, and browsers older than 2024.
  const controller = new AbortController();
  for (const signal of signals) onAbort(signal, (reason) => controller.abort(reason));
  return controller.signal;
};

/**
 * Creates the function that sends requests with the access token.
 *
 * @param base the URL below which the token may be sent, without a slash at the end
 */
export const createAuthorizedFetch = <User>(base: string, session: ClientSession<User>) => {
  let uncuredUntil = 0;

  const sendAs = async ({ jwt }: Access, request: Request): Promise<Response> => {
    const { login } = session;
    request.headers.set('Authorization', `Bearer ${jwt}`);
    try {
      return await fetch(request, { signal: anyOf([request.signal, login.signal]) });
    } catch (error) {
      throw login.error ?? error;
    }
  };

  return async (request: Request): Promise<Response> => {
    if (!request.url.startsWith(`${base}/`)) return fetch(request);
    const { login } = session;
    const isKnown = session.observers.state.status === 'in';
    const first = await abortable(session.current(), request.signal);
    // Begun as one user, it is not sent as another, nor as nobody.
    if (isKnown && login.error) throw login.error;
    if (!first) return fetch(request);

    // A body can be read only once: the second attempt sends the copy.
    const copy = request.clone();
    const answer = await sendAs(first, request);
    if (answer.status !== 401 || performance.now() < uncuredUntil) return answer;
    const second = await abortable(session.current(first.jwt), request.signal);
    if (!second) throw loggedOut();
    if (second.userId !== first.userId) throw accountChanged();
    const last = await sendAs(second, copy);
    // Not about the token then: without a pause each call to this path would refresh.
    if (last.status === 401) uncuredUntil = performance.now() + UNCURED_TIME;
    return last;
  };
};
