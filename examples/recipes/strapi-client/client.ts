import { HTTPAuthorizationError, strapi, type StrapiClient } from '@strapi/client';

/** Gives access tokens, and a newer one when told which was refused: the session of `native/session.ts`. */
export interface AccessTokens {
  accessToken(refused?: string): Promise<string>;
}

/**
 * `@strapi/client` takes one token for its whole life. Access tokens live for minutes, so that each call
 * gets a client with the token of the moment, and after a 401 once more with a new one.
 *
 * @param baseURL where the API is: `https://api.example.com/api`
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
