import { clearedRefreshCookie, clearedVariants, cookieValues, refreshCookie } from './cookie';
import { isTrustedOrigin } from './origin';
import type { Settings } from '../settings/settings';
import type { TokenPair } from '../services/token-pair';
import type { StrapiKoaContext } from '../shapes';
import { bodyField } from './request';
import { refusal } from './refusals';
import { refreshBody } from './schemas';

/** How a refresh token travels: never in both at once. */
export type Carrier = 'cookie' | 'body';

/** The refresh tokens that a request brought, and how. */
export interface PresentedTokens {
  /** One in a body; one or more in cookies, in the order of the header. */
  readonly tokens: readonly string[];
  readonly carrier: Carrier;
}

/** The one reader and the one writer of refresh tokens (design section 6, transport). */
export interface Transport {
  /**
   * The refresh tokens of a request; the body wins over cookies. A browser sends several cookies of
   * one name where their `Domain` or `Path` differ: those of before a setting was changed, or those
   * that a sibling sub-domain has set.
   *
   * @throws when the body has a `refreshToken` that is no string
   */
  read(ctx: StrapiKoaContext): PresentedTokens | null;
  /** Whether a request that authenticates by cookie comes from a page of ours or of a client's. */
  isTrusted(ctx: StrapiKoaContext): boolean;
  /** How a login answers: as the server is set, unless the request asks for the other. */
  carrierOfLogin(ctx: StrapiKoaContext): Carrier;
  /** How a refresh answers: the way the token came. Never cookie in, body out. */
  carrierOfRefresh(ctx: StrapiKoaContext, presented: PresentedTokens): Carrier;
  /** Sends an answer with its refresh token, and clears other cookies where several came. */
  send(ctx: StrapiKoaContext, body: object, pair: TokenPair, carrier: Carrier): void;
  /** Makes the browser forget the refresh token, and every other one where several came. */
  clear(ctx: StrapiKoaContext): void;
}

const CARRIER_HEADER = 'x-strapi-refresh-cookie';

/** Makes the transport of these settings. */
export const createTransport = ({
  transport,
  cookie,
  clientOrigins,
}: Pick<Settings, 'transport' | 'cookie' | 'clientOrigins'>): Transport => {
  const cookieTokens = (ctx: StrapiKoaContext): string[] =>
    cookieValues(ctx.get('cookie'), cookie.name);

  /** A browser that sent several cookies is to keep one. */
  const clearVariants = (ctx: StrapiKoaContext): void => {
    if (cookieTokens(ctx).length > 1) ctx.append('Set-Cookie', clearedVariants(cookie));
  };

  const asksForCookie = (ctx: StrapiKoaContext): boolean =>
    ctx.get(CARRIER_HEADER).toLowerCase() === 'httponly';

  return {
    read(ctx) {
      const field = refreshBody.shape.refreshToken.safeParse(bodyField(ctx, 'refreshToken'));
      if (!field.success) throw refusal('missing-refresh-token');
      if (field.data) return { tokens: [field.data], carrier: 'body' };

      const tokens = cookieTokens(ctx);
      return tokens.length === 0 ? null : { tokens, carrier: 'cookie' };
    },

    isTrusted(ctx) {
      return isTrustedOrigin(
        { origin: ctx.get('origin'), fetchSite: ctx.get('sec-fetch-site'), host: ctx.host },
        clientOrigins,
      );
    },

    carrierOfLogin(ctx) {
      if (transport === 'body') return asksForCookie(ctx) ? 'cookie' : 'body';
      return ctx.get(CARRIER_HEADER).toLowerCase() === 'none' ? 'body' : 'cookie';
    },

    carrierOfRefresh(ctx, { carrier }) {
      return carrier === 'cookie' || asksForCookie(ctx) ? 'cookie' : 'body';
    },

    send(ctx, body, { refreshToken, refreshMaxAge }, carrier) {
      ctx.set('Cache-Control', 'no-store');
      if (carrier === 'cookie') {
        clearVariants(ctx);
        ctx.append('Set-Cookie', refreshCookie(cookie, refreshToken, refreshMaxAge));
        ctx.send(body);
      } else {
        ctx.send({ ...body, refreshToken });
      }
    },

    clear(ctx) {
      clearVariants(ctx);
      ctx.append('Set-Cookie', clearedRefreshCookie(cookie));
    },
  };
};
