import { HTTPAuthorizationError, strapi, type StrapiClient } from '@strapi/client';

/** The part of the session in `native/session.ts` that is used here. */
export interface AccessTokens {
  /** Resolves to an access token, but not to the one that was refused. */
  accessToken(refused?: string): Promise<string>;
}

/**
 * Returns a function that runs a call with a `@strapi/client`. A client of that library keeps its first access
 * token, which expires after minutes. So each call gets a new client with the current token. If the response is
 * a 401, the call runs once more with a new token.
 *
 * @param baseURL the URL of the API: `https://api.example.com/api`
 */
export const createClient =
  (baseURL: string, tokens: AccessTokens) =>
  async <Result>(call: (client: StrapiClient) => Promise<Result>): Promise<Result> => {
    const token = await tokens.accessToken();
    try {
      return await call(strapi({ baseURL, auth: token }));
    } catch (error) {
      if (!(error instanceof HTTPAuthorizationError)) throw error;
      return call(strapi({ baseURL, auth: await tokens.accessToken(token) }));
    }
  };
