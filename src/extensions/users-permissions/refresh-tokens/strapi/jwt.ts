import type { JwtPayload, SignOptions } from 'jsonwebtoken';
import type { TokenService } from '../core/tokens';

/** The methods of Strapi's `jwt` service that are replaced here. */
export interface JwtService {
  issue(payload: object, options?: SignOptions): string;
  verify(token: string): Promise<JwtPayload>;
}

interface JwtServiceDependencies {
  readonly tokens: TokenService;
  /** Lifetime of an access token, in milliseconds. */
  readonly accessTtl: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Verifies an access token, and that its session is live. */
  readonly authenticate: (accessToken: unknown) => Promise<unknown>;
}

const toPlainObject = (payload: object): object =>
  'toJSON' in payload && typeof payload.toJSON === 'function'
    ? (payload.toJSON() as object)
    : payload;

/**
 * Returns Strapi's `jwt` service with `issue` and `verify` replaced. Code of projects and plugins calls
 * them, so their signatures stay: `issue` is synchronous and returns an access token that is tied to no
 * session (design section 3); `verify` returns all claims, and also rejects a token whose session has ended.
 */
export const extendJwtService = <Original extends object>(
  original: Original,
  { tokens, accessTtl, now, authenticate }: JwtServiceDependencies,
): Original & JwtService => ({
  ...original,

  issue(payload: object, options: SignOptions = {}): string {
    const claims = toPlainObject(payload);
    // `jsonwebtoken` takes a number for `expiresIn` as seconds, and throws for one beside `exp`.
    const lifetime = 'exp' in claims ? {} : { expiresIn: Math.floor(accessTtl / 1000) };
    return tokens.signAccess(claims, { ...lifetime, ...options }, now());
  },

  async verify(token: string): Promise<JwtPayload> {
    const claims = tokens.readAccess(token, now());
    if (claims.sessionId !== undefined) await authenticate(token);
    return claims;
  },
});
