import { createAuthClient } from '../auth-client';

/** The URL of Strapi, without `/api`. */
export const apiUrl: string = import.meta.env.VITE_API_URL ?? 'http://localhost:1337';

export const auth = createAuthClient(apiUrl);

export interface User {
  readonly username: string;
  readonly email: string;
}

/** A session of the logged-in user. Times are in ISO 8601. */
export interface Device {
  readonly id: string;
  readonly deviceName: string | null;
  readonly ipAddress: string | null;
  readonly lastUsedAt: string;
  readonly current: boolean;
}

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

const getList = async <T>(path: string): Promise<T[]> =>
  ((await callApi('GET', path)) as { data: T[] }).data;

export const api = {
  me: async () => (await callApi('GET', '/api/users/me')) as User,
  devices: () => getList<Device>('/api/auth/sessions'),
  logOutDevice: (id: string) => callApi('DELETE', `/api/auth/sessions/${id}`),
  logOutOtherDevices: () => callApi('DELETE', '/api/auth/sessions'),
  photos: () => getList<Photo>('/api/photos?sort=createdAt:desc'),
  addPhoto: (title: string) => callApi('POST', '/api/photos', { title }),
  removePhoto: (documentId: string) => callApi('DELETE', `/api/photos/${documentId}`),
};
