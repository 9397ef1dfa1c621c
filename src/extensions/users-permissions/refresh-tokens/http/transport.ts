import { clearedRefreshCookie, refreshCookie } from './cookie';
import { isTrustedOrigin } from './origin';
import type { Settings } from '../settings/settings';
import type { TokenPair } from '../services/token-pair';
import type { StrapiKoaContext } from '../shapes';
import { bodyField } from './request';
import { refusal } from './refusals';
import { refreshBody } from './schemas';

/** How a refresh token travels: never in both at once. */
export type Carrier = 'cookie' | 'body';

/** A refresh token that a request brought, and how. */
export interface PresentedToken {
  readonly token: string;
  readonly carrier: Carrier;
}

/** The one reader and the one writer of refresh tokens (design section 6, transport). */
export interface Transport {
  /**
   * The refresh token of a request; the body wins over the cookie.
   *
   * @throws when the body has a `refreshToken` that is no string
   */
  read(ctx: StrapiKoaContext): PresentedToken | null;
  /** Whether a request that authenticates by cookie comes from a page of ours or of a client's. */
  isTrusted(ctx: StrapiKoaContext): boolean;
  /** How a login answers: as the server is set, unless the request asks for the other. */
  carrierOfLogin(ctx: StrapiKoaContext): Carrier;
  /** How a refresh answers: the way the token came. Never cookie in, body out. */
  carrierOfRefresh(ctx: StrapiKoaContext, presented: PresentedToken): Carrier;
  /** Sends an answer with its refresh token. */
  send(ctx: StrapiKoaContext, body: object, pair: TokenPair, carrier: Carrier): void;
  /** Makes the browser forget the refresh token. */
  clear(ctx: StrapiKoaContext): void;
}

const CARRIER_HEADER = 'x-strapi-refresh-cookie';

/** Koa's cookie keys (`APP_KEYS`); its types leave them out. */
interface CookieKeys {
  sign(text: string): string;
  verify(text: string, signature: string): boolean;
}

const keysOf = (ctx: StrapiKoaContext): CookieKeys => {
  const { keys } = ctx.cookies as unknown as { keys: CookieKeys };
  return {
    sign: (text) => keys.sign(text),
    verify: (text, signature) => keys.verify(text, signature),
  };
};

/** Makes the transport of these settings. */
export const createTransport = ({
  transport,
  cookie,
  clientOrigins,
}: Pick<Settings, 'transport' | 'cookie' | 'clientOrigins'>): Transport => {
  const cookieToken = (ctx: StrapiKoaContext): string | null => {
    // Unsigned, since Koa's own check of a signature may set a cookie beside ours.
    const token = ctx.cookies.get(cookie.name, { signed: false });
    if (!token) return null;
    const signature = ctx.cookies.get(`${cookie.name}.sig`, { signed: false }) ?? '';
    // A cookie that was forged, or signed with keys that are gone, is a bad token and not a missing one.
    return keysOf(ctx).verify(`${cookie.name}=${token}`, signature) ? token : '';
  };

  const asksForCookie = (ctx: StrapiKoaContext): boolean =>
    ctx.get(CARRIER_HEADER).toLowerCase() === 'httponly';

  return {
    read(ctx) {
      const field = refreshBody.shape.refreshToken.safeParse(bodyField(ctx, 'refreshToken'));
      if (!field.success) throw refusal('missing-refresh-token');
      if (field.data) return { token: field.data, carrier: 'body' };

      const fromCookie = cookieToken(ctx);
      return fromCookie === null ? null : { token: fromCookie, carrier: 'cookie' };
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
        ctx.append(
          'Set-Cookie',
          refreshCookie(cookie, refreshToken, refreshMaxAge, keysOf(ctx).sign),
        );
        ctx.send(body);
      } else {
        ctx.send({ ...body, refreshToken });
      }
    },

    clear(ctx) {
      ctx.append('Set-Cookie', clearedRefreshCookie(cookie));
    },
  };
};
