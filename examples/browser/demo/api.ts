import { createAuthClient } from '../../../client/src/index.ts';

/** The URL of Strapi, without `/api`. */
export const apiUrl: string = import.meta.env.VITE_API_URL ?? 'http://localhost:1337';

/** The providers that the API allows, as `github,google`. It does not say which they are. */
export const loginProviders: readonly string[] = (import.meta.env.VITE_LOGIN_PROVIDERS ?? '')
  .split(',')
  .filter(Boolean);

export const auth = createAuthClient({ url: apiUrl });

export interface Photo {
  readonly documentId: string;
  readonly title: string;
}

/**
 * Calls the API and resolves to the parsed body.
 *
 * @throws {Error} with the message of the API if the status is not 2xx, or {AuthError}
 */
const callApi = async (method: string, path: string, data?: object): Promise<unknown> => {
  const init: RequestInit = { method };
  if (data) {
    init.headers = { 'Content-Type': 'application/json' };
    init.body = JSON.stringify({ data });
  }
  const response = await auth.fetch(path, init);
  const body = (await response.json().catch(() => ({}))) as { error?: { message: string } };
  if (!response.ok) throw new Error(body.error?.message ?? `The API answered ${response.status}`);
  return body;
};

export const api = {
  photos: async () =>
    ((await callApi('GET', '/api/photos?sort=createdAt:desc')) as { data: Photo[] }).data,
  addPhoto: (title: string) => callApi('POST', '/api/photos', { title }),
  removePhoto: (documentId: string) => callApi('DELETE', `/api/photos/${documentId}`),
};
