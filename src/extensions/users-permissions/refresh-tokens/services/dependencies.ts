import type { Session } from '../core/session';
import type { TokenService } from '../core/tokens';
import type { Settings } from '../settings/settings';
import type { RevocationDependencies, RevocationService } from './revoke';

export interface SessionServiceDependencies extends RevocationDependencies {
  readonly tokens: TokenService;
  readonly settings: Pick<
    Settings,
    'accessTtl' | 'refreshTtl' | 'sessionTtl' | 'browserSessionTtl' | 'leeway' | 'sessionLimit'
  >;
  /** Whether confirmation is required. A query, so it is called for unconfirmed users only. */
  readonly isConfirmationRequired: () => Promise<boolean>;
  /** Returns the further claims of an access token of a session; undefined where a project has none. */
  readonly ownClaims:
    ((session: Pick<Session, 'userId' | 'sessionId'>) => Promise<object>) | undefined;
  readonly revocations: RevocationService;
}
