import { clearCookieHeader, clearVariantHeaders, cookieValues, setCookieHeader } from './cookie';
import { isTrustedOrigin } from './origin';
import type { Settings } from '../settings/settings';
import type { TokenPair } from '../services/token-pair';
import type { StrapiKoaContext } from '../shapes';
import { bodyField } from './request';
import { refusal } from './refusals';
import { refreshBody } from './schemas';

type Transport = Settings['transport'];

/** The refresh tokens of a request. */
export interface PresentedTokens {
  /** One from the body, or one or more from cookies in the order of the header. */
  readonly tokens: readonly string[];
  readonly transport: Transport;
}

/** Reads and writes refresh tokens in requests and responses (design section 6, transport). */
export interface RefreshTokenTransport {
  /**
   * Returns the token of the body, or else those of the cookies, or null. A browser may send several
   * cookies of one name, with different `Domain` or `Path`: set before a setting was changed, or set
   * by a sibling sub-domain.
   *
   * @throws when the body has a `refreshToken` that is not a string
   */
  readTokens(ctx: StrapiKoaContext): PresentedTokens | null;
  /** Returns the tokens of the refresh cookies if the request comes from a trusted page, or else none. */
  readOwnCookies(ctx: StrapiKoaContext): readonly string[];
  /** Whether a request that authenticates by cookie comes from a trusted page. */
  isFromTrustedOrigin(ctx: StrapiKoaContext): boolean;
  /** Returns the transport of the settings, unless a header asks for the other one. */
  transportForLogin(ctx: StrapiKoaContext): Transport;
  /** Returns the transport of the request, or the cookie if a header asks for it. Never cookie in, body out. */
  transportForRefresh(ctx: StrapiKoaContext, presented: PresentedTokens): Transport;
  /** Sends a response with its refresh token. If the request had several cookies, only one remains. */
  sendTokens(ctx: StrapiKoaContext, body: object, pair: TokenPair, transport: Transport): void;
  /** Deletes the cookie, and its variants if the request had several. */
  clearCookie(ctx: StrapiKoaContext): void;
}

const TRANSPORT_HEADER = 'x-strapi-refresh-cookie';

/** Creates the transport for these settings. */
export const createTransport = ({
  transport: configured,
  cookie,
  clientOrigins,
}: Pick<Settings, 'transport' | 'cookie' | 'clientOrigins'>): RefreshTokenTransport => {
  const cookieTokens = (ctx: StrapiKoaContext): string[] =>
    cookieValues(ctx.get('cookie'), cookie.name);

  const clearVariants = (ctx: StrapiKoaContext): void => {
    if (cookieTokens(ctx).length > 1) ctx.append('Set-Cookie', clearVariantHeaders(cookie));
  };

  const asksForCookie = (ctx: StrapiKoaContext): boolean =>
    ctx.get(TRANSPORT_HEADER).toLowerCase() === 'httponly';

  const isFromTrustedOrigin = (ctx: StrapiKoaContext): boolean =>
    isTrustedOrigin(
      { origin: ctx.get('origin'), fetchSite: ctx.get('sec-fetch-site'), host: ctx.host },
      clientOrigins,
    );

  return {
    isFromTrustedOrigin,

    readOwnCookies: (ctx) => (isFromTrustedOrigin(ctx) ? cookieTokens(ctx) : []),

    readTokens(ctx) {
      const field = refreshBody.shape.refreshToken.safeParse(bodyField(ctx, 'refreshToken'));
      if (!field.success) throw refusal('missing-refresh-token');
      if (field.data) return { tokens: [field.data], transport: 'body' };

      const tokens = cookieTokens(ctx);
      return tokens.length === 0 ? null : { tokens, transport: 'cookie' };
    },

    transportForLogin(ctx) {
      if (configured === 'body') return asksForCookie(ctx) ? 'cookie' : 'body';
      return ctx.get(TRANSPORT_HEADER).toLowerCase() === 'none' ? 'body' : 'cookie';
    },

    transportForRefresh(ctx, { transport }) {
      return transport === 'cookie' || asksForCookie(ctx) ? 'cookie' : 'body';
    },

    sendTokens(ctx, body, { refreshToken, refreshMaxAge }, transport) {
      ctx.set('Cache-Control', 'no-store');
      if (transport === 'cookie') {
        clearVariants(ctx);
        ctx.append('Set-Cookie', setCookieHeader(cookie, refreshToken, refreshMaxAge));
        ctx.body = body;
      } else {
        ctx.body = { ...body, refreshToken };
      }
    },

    clearCookie(ctx) {
      clearVariants(ctx);
      ctx.append('Set-Cookie', clearCookieHeader(cookie));
    },
  };
};
