import type { Core } from '@strapi/strapi';
import { checkOwnClaims, OwnClaimsFailed } from '../core/own-claims';

/** The session for which an access token is minted. At a login it is not stored yet. */
export interface ClaimsContext {
  readonly strapi: Core.Strapi;
  readonly userId: number;
  readonly sessionId: string;
}

/** A function of a project that returns further claims of an access token. */
export type AccessTokenClaims = (
  context: ClaimsContext,
) => Record<string, unknown> | Promise<Record<string, unknown>>;

/**
 * Returns the function that gives the own claims of a session.
 *
 * It throws {@link OwnClaimsFailed} for every failure: an error of Strapi would become a 4xx, and the client
 * would log its user out for a fault of the server.
 */
export const createOwnClaims =
  (strapi: Core.Strapi, accessTokenClaims: AccessTokenClaims) =>
  async ({ userId, sessionId }: Omit<ClaimsContext, 'strapi'>): Promise<object> => {
    let claims: unknown;
    try {
      claims = await accessTokenClaims({ strapi, userId, sessionId });
    } catch (error) {
      throw new OwnClaimsFailed(`threw ${String(error)}`, { cause: error });
    }
    return checkOwnClaims(claims);
  };
