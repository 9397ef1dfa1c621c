import axios, { type AxiosInstance } from 'axios';
import type { AuthClient } from 'strapi-refresh-token-client';

/**
 * Returns an axios instance that sends its requests with `auth.fetch`. Their errors have the codes of the client as
 * `error.code`.
 *
 * @param baseURL the URL of the API: `https://api.example.com/api`
 */
export const createHttp = (auth: Pick<AuthClient, 'fetch'>, baseURL: string): AxiosInstance =>
  axios.create({ baseURL, adapter: 'fetch', env: { fetch: auth.fetch } });
