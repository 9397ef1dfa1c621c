import { HTTPAuthorizationError, strapi, type StrapiClient } from '@strapi/client';
import type { AuthClient } from 'strapi-refresh-token-client';

/**
 * Returns a function that runs a call with a `@strapi/client`. A client of that library keeps its first access
 * token, which expires after minutes. So each call gets a new client with the current token. If the response is
 * a 401, the call runs once more with a new token.
 *
 * @param baseURL the URL of the API: `https://api.example.com/api`
 */
export const createClient =
  (baseURL: string, auth: Pick<AuthClient, 'token'>) =>
  async <Result>(call: (client: StrapiClient) => Promise<Result>): Promise<Result> => {
    const run = (token: string | null) =>
      call(strapi({ baseURL, ...(token !== null && { auth: token }) }));
    const token = await auth.token();
    try {
      return await run(token);
    } catch (error) {
      if (token === null || !(error instanceof HTTPAuthorizationError)) throw error;
      return run(await auth.token(token));
    }
  };
