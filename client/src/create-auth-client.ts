import { createApi, errorOf, readResponse } from './api.ts';
import { createAuthorizedFetch } from './authorized-fetch.ts';
import { createBrowserStorage } from './browser-storage.ts';
import { createMemoryStorage } from './memory-storage.ts';
import { watchPage } from './page-events.ts';
import { createSession } from './session.ts';
import type { AuthClientOptions, AuthUser, Credentials, LoginOptions, Session } from './types.ts';
import { createVault, randomKey } from './vault.ts';

/** Node.js and React Native have no page. */
const pageLocation = () => (globalThis as { location?: Location }).location;

const absolute = (url: string): string => {
  const location = pageLocation();
  return location ? new URL(url, location.href).href : url;
};

/** Fills in what the options leave out. */
const complete = ({
  url = '',
  prefix = '/api',
  transport,
  storage,
  userPath = '/users/me',
  askOnFirstVisit,
  createKey = randomKey,
}: AuthClientOptions) => {
  const api = absolute(url + prefix);
  const isCookie = transport !== 'body';
  // In Node.js a channel would connect the users of all requests.
  const isShared = isCookie && pageLocation() !== undefined;
  const name = `auth ${api}`;
  return {
    ...{ api, prefix, isCookie, userPath, askOnFirstVisit, createKey },
    /** The access token is sent below this URL only. */
    base: api.slice(0, api.length - prefix.length),
    storage: storage ?? (isShared ? createBrowserStorage(name) : createMemoryStorage()),
    channel: isShared && 'BroadcastChannel' in globalThis ? new BroadcastChannel(name) : undefined,
  };
};

/**
 * Creates a client. It sends nothing until it is used: see `subscribe`.
 *
 * @typeParam User what `userPath` answers with
 */
export const createAuthClient = <User = AuthUser>(options: AuthClientOptions = {}) => {
  const settings = complete(options);
  const { api, base, prefix, userPath } = settings;
  const location = pageLocation();
  const session = createSession<User>({
    ...settings,
    send: createApi(api, settings.isCookie),
    vault: createVault(settings.storage, settings.createKey),
  });
  const { observers, logIn } = session;
  const send = createAuthorizedFetch(base, session);
  const closing = new AbortController();
  if (location) watchPage(session.resume, closing.signal);
  let completing: { search: string; user: Promise<User> } | undefined;

  const authorizedFetch = async (input: RequestInfo | URL, init?: RequestInit) =>
    send(
      new Request(typeof input === 'string' && input.startsWith('/') ? base + input : input, init),
    );

  /** Sends a request as the user, and resolves to the body. @throws {AuthError} */
  const call = async (method: string, path: string): Promise<unknown> => {
    const response = await readResponse(await authorizedFetch(prefix + path, { method }));
    if (response.status !== 200) throw errorOf(response);
    return response.body;
  };

  return {
    /** Who is logged in. */
    get state() {
      return observers.state;
    },
    /**
     * Calls the listener with the present state at once, and then with each new one. The first call also finds out who is
     * logged in. Returns a function that ends the subscription.
     */
    subscribe(listener: (state: typeof observers.state) => void) {
      session.start();
      return observers.subscribe(listener);
    },
    /** Adds a listener for what happens in detail. Returns a function that removes it. */
    on: observers.on,
    /**
     * Resolves to an access token, or to null if nobody is logged in.
     *
     * @param refused a token that was answered with a 401: then it is another one
     * @throws {AuthError} if that is not possible just now
     */
    token: async (refused?: string) => (await session.current(refused))?.jwt ?? null,
    /**
     * Works like `fetch`; a path is resolved against the API. Requests below `url` get the access token. After a 401 the
     * client refreshes and repeats the request once. The caller gets a 401 if the API refuses the new token, too.
     * @throws {AuthError} `unavailable`; `logged-out` or `account-changed` if that happens before the answer
     */
    fetch: authorizedFetch,
    /**
     * Gets a new access token, or ends the login if the API refuses the refresh token. Parallel calls share one request.
     * @throws {AuthError} if neither is possible just now
     */
    refresh: session.refresh,
    /** Tries again at once: the network is there again, or the app is shown again. A browser's page does it by itself. */
    resume: session.resume,

    /** Logs in and resolves to the user. @throws {AuthError} */
    login: (credentials: Credentials) => logIn('/auth/local', { body: credentials }),
    /** Registers, and logs in unless the e-mail address has to be confirmed first. @throws {AuthError} */
    register: <Fields extends object = object>(
      account: { username: string; email: string; password: string } & LoginOptions & Fields,
    ) => logIn('/auth/local/register', { body: account }),
    /** Logs in at a route of your own that answers like a login: one-time codes, magic links. @throws {AuthError} */
    loginAt: (path: string, body: object) => logIn(path, { body }),
    /**
     * Leaves the page for the login at a provider (`github`), which comes back to the callback page.
     *
     * @param open what opens the URL, where that is not a page: a browser of the phone
     */
    loginWith: (provider: string, open: (url: string) => void = (to) => location?.assign(to)) =>
      open(`${api}/connect/${provider}`),
    /**
     * Completes `loginWith` on the callback page, and resolves to the user. Removes the query from the address.
     *
     * @param search the query with which the provider came back
     * @throws {AuthError}
     */
    completeLogin(provider: string, search = location?.search ?? ''): Promise<User> {
      // React's StrictMode runs each effect twice, and the answer of a provider is good for once.
      if (!completing || (search && completing.search !== search)) {
        const user = logIn(`/auth/${provider}/callback${search}`, { method: 'GET' });
        completing = { search, user };
        if (location) globalThis.history?.replaceState(null, '', location.pathname);
      }
      return completing.user;
    },
    /** Lets the server send an e-mail with a code. @throws {AuthError} */
    forgotPassword: (email: string) => session.post('/auth/forgot-password', { email }),
    /** Sets a new password by the code of the e-mail, and logs in. @throws {AuthError} */
    resetPassword: ({ code, password }: { code: string; password: string }) =>
      logIn('/auth/reset-password', { body: { code, password, passwordConfirmation: password } }),
    /** Sets a new password. Other devices are logged out, this one is not. @throws {AuthError} */
    async changePassword(passwords: { currentPassword: string; password: string }): Promise<User> {
      await session.current();
      const body = { ...passwords, passwordConfirmation: passwords.password };
      return logIn('/auth/change-password', { body }, 'refresh');
    },
    /** Lets the server send the e-mail that confirms an address once more. @throws {AuthError} */
    sendConfirmation: (email: string) => session.post('/auth/send-email-confirmation', { email }),
    /** Loads the user anew, after a change of the profile. @throws {AuthError} */
    async reloadUser(): Promise<User> {
      const user = (await call('GET', userPath)) as User;
      session.setUser(user);
      return user;
    },
    /** The logins of this user on all devices. @throws {AuthError} */
    sessions: {
      list: async () =>
        ((await call('GET', '/auth/sessions')) as { data: readonly Session[] }).data,
      end: async (id: string) => void (await call('DELETE', `/auth/sessions/${id}`)),
      endOthers: async () => void (await call('DELETE', '/auth/sessions')),
    },
    /** Ends this login, or all logins of the user. @throws {AuthError} and nobody is logged out */
    logout: ({ everywhere = false } = {}) => session.logOut(everywhere ? 'all' : 'session'),
    /** Stops the timer, and the exchange of messages with other tabs. */
    close() {
      closing.abort();
      session.close();
    },
  };
};

export type AuthClient<User = AuthUser> = ReturnType<typeof createAuthClient<User>>;
