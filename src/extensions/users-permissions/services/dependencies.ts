import type { SessionEvent, SessionEventName } from '../core/events';
import type { SessionStore } from '../core/session-store';
import type { Settings } from '../core/settings';
import type { Tokens } from '../core/tokens';

/** What the session service needs from around it. */
export interface SessionServiceDependencies {
  readonly store: SessionStore;
  readonly tokens: Tokens;
  readonly settings: Pick<
    Settings,
    'accessTtl' | 'refreshTtl' | 'sessionTtl' | 'leeway' | 'sessionLimit'
  >;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether users must have confirmed their e-mail address. Asked for unconfirmed users only. */
  readonly isConfirmationRequired: () => Promise<boolean>;
  readonly announce: (name: SessionEventName, event: SessionEvent) => void;
  readonly warn: (message: string) => void;
}
