import type { AuthError } from './errors.ts';

/** What Strapi sends of a user, without the fields of a project. */
export interface AuthUser {
  readonly id: number;
  readonly username: string;
  readonly email: string;
}

/**
 * Why nobody is logged in any more.
 *
 * - `logout`: the user has logged out, in this tab or another.
 * - `revoked`: the server ended the session before it expired: from another device, because the password changed or the
 *   user was blocked, or because a stolen copy of the refresh token was used.
 * - `expired`: the server refused the refresh token when the session may have expired.
 * - `no-cookie`: the cookie has expired, was deleted, or is blocked by the browser.
 * - `refused`: the server answered 400 for another reason: the user is blocked, or the e-mail address is not confirmed.
 */
export type OutReason = 'logout' | 'revoked' | 'expired' | 'no-cookie' | 'refused';

/**
 * Who is logged in. The object changes if and only if something in it does. `error` is set while refreshes fail: nobody
 * is logged out, and the client tries again.
 */
export type AuthState<User = AuthUser> =
  | {
      readonly status: 'loading';
      readonly user: null;
      readonly reason: null;
      readonly error: AuthError | null;
    }
  | {
      readonly status: 'in';
      readonly user: User;
      readonly reason: null;
      readonly error: AuthError | null;
    }
  | {
      readonly status: 'out';
      readonly user: null;
      readonly reason: OutReason | null;
      readonly error: AuthError | null;
    };

export type Source = 'this tab' | 'another tab';

/** What happens in detail. Times are in milliseconds since the epoch, by the clock of this machine. */
export type AuthEvent =
  | { type: 'login' | 'refresh'; by: Source; userId: number; expiresAt: number }
  | { type: 'logout'; by: Source }
  | { type: 'ended'; by: Source; reason: Exclude<OutReason, 'logout'> }
  | { type: 'unavailable'; retryAt: number };

/**
 * Keeps one value for one login. With the body transport it is the refresh token, and during a refresh also its
 * `Idempotency-Key`: a secret. With cookies it is no secret. `write` must be atomic.
 */
export interface TokenStorage {
  read(): Promise<string | null> | string | null;
  write(value: string): Promise<void> | void;
  remove(): Promise<void> | void;
  /** Runs alone among all tabs or processes that share this storage. Without it, a login should be used by one. */
  lock?<T>(run: () => Promise<T>): Promise<T>;
  /** False if the value is lost when the page is reloaded. Then cookies may be blocked as well. */
  readonly isLasting?: boolean;
}

export interface AuthClientOptions {
  /** The URL of Strapi, without `/api` and without a slash at the end. By default the origin of the page. */
  readonly url?: string;
  /** Strapi's `rest.prefix`. By default `/api`. */
  readonly prefix?: string;
  /** Where the refresh token is: in a cookie of the browser (the default), or in bodies and in `storage`. */
  readonly transport?: 'cookie' | 'body';
  /** By default `localStorage` for cookies (it holds no token), and the memory for the body transport. */
  readonly storage?: TokenStorage;
  /** The path of the user below the prefix, with `populate` if you need it. By default `/users/me`. */
  readonly userPath?: string;
  /**
   * Asks the server once even if nobody has ever logged in with this client here: for users whose cookie was set by
   * other code, such as a web server. By default a stranger's page sends nothing.
   */
  readonly askOnFirstVisit?: boolean;
  /** Returns a random text of 22 to 128 characters. For platforms without `crypto`, such as React Native. */
  readonly createKey?: () => string;
}

/** With `rememberMe: false` the login ends with the browser, and after `BROWSER_SESSION_EXPIRES`. */
export interface LoginOptions {
  readonly rememberMe?: boolean;
}

export interface Credentials extends LoginOptions {
  /** The username or the e-mail address. */
  readonly identifier: string;
  readonly password: string;
}

/** A session of the user who is logged in. Times are in ISO 8601. */
export interface Session {
  readonly id: string;
  readonly deviceName: string | null;
  readonly userAgent: string | null;
  readonly ipAddress: string | null;
  readonly loginAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  /** Who started it in the user's place; null for the user's own logins. */
  readonly impersonatedBy: string | null;
  /** Whether it is this device. */
  readonly current: boolean;
}
