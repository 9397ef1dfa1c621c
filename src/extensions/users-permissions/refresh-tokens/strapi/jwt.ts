import type { SignOptions } from 'jsonwebtoken';
import type { AccessClaims, TokenService } from '../core/tokens';

/** The `jwt` service as Strapi makes it, as far as it is used or replaced here. */
export interface JwtService {
  issue(payload: object, options?: SignOptions): string;
  verify(token: string): Promise<AccessClaims>;
  getToken(ctx: unknown): Promise<AccessClaims> | null;
}

interface JwtServiceDependencies {
  readonly tokens: TokenService;
  /** Life of an access token, in milliseconds. */
  readonly accessTtl: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Verifies an access token and that its session is live. */
  readonly authenticate: (accessToken: unknown) => Promise<AccessClaims>;
}

const toPlainObject = (payload: object): object =>
  'toJSON' in payload && typeof payload.toJSON === 'function'
    ? (payload.toJSON() as object)
    : payload;

/**
 * Strapi's `jwt` service on our tokens. Other people's code calls it, so its shape stays: `issue`
 * is synchronous and yields an access token that is tied to no session (design section 3); `verify`
 * rejects a token whose session has ended.
 */
export const extendJwtService = <Original extends object>(
  original: Original,
  { tokens, accessTtl, now, authenticate }: JwtServiceDependencies,
): Original & Pick<JwtService, 'issue' | 'verify'> => ({
  ...original,

  issue(payload: object, options: SignOptions = {}): string {
    // Whole seconds: `expiresIn` as a number means seconds, the settings hold milliseconds.
    const expiresIn = Math.floor(accessTtl / 1000);
    return tokens.signAccess(toPlainObject(payload), { expiresIn, ...options }, now());
  },

  verify(token: string): Promise<AccessClaims> {
    return authenticate(token);
  },
});
