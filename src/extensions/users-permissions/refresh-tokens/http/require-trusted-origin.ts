import type { StrapiKoaContext } from '../shapes';
import { refusal } from './refusals';
import type { RefreshTokenTransport } from './transport';

/**
 * Refuses a login from a page of another site, which would put the session of somebody else into the
 * browser of its visitor (login CSRF; design section 6). Only where the response would set the cookie, and
 * by the rule that holds for a refresh. The callback of a provider is a GET and exempt: the browser comes
 * from the provider's site.
 *
 * @throws an error that becomes a 403
 */
export const requireTrustedOrigin = (
  ctx: StrapiKoaContext,
  transport: Pick<RefreshTokenTransport, 'transportForLogin' | 'isFromTrustedOrigin'>,
): void => {
  const setsCookie = ctx.method !== 'GET' && transport.transportForLogin(ctx) === 'cookie';
  if (setsCookie && !transport.isFromTrustedOrigin(ctx)) throw refusal('untrusted-origin');
};
