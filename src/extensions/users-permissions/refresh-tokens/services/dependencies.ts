import type { Tokens } from '../core/tokens';
import type { Settings } from '../settings/settings';
import type { RevocationDependencies, Revocations } from './revoke';

/** What the session service needs from around it. */
export interface SessionServiceDependencies extends RevocationDependencies {
  readonly tokens: Tokens;
  readonly settings: Pick<
    Settings,
    'accessTtl' | 'refreshTtl' | 'sessionTtl' | 'leeway' | 'sessionLimit'
  >;
  /** Whether users must have confirmed their e-mail address. Asked for unconfirmed users only. */
  readonly isConfirmationRequired: () => Promise<boolean>;
  readonly revocations: Revocations;
}
