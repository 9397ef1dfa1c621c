import { createAuthClient } from '../auth-client';

/** Where Strapi is. */
export const apiUrl: string = import.meta.env.VITE_API_URL ?? 'http://localhost:1337';

export const auth = createAuthClient(apiUrl);

export interface User {
  readonly username: string;
  readonly email: string;
}

/** A login on one device; times in ISO 8601. */
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

/** @throws {Error} with the words of the API where it refuses, or {AuthError} */
const call = async (method: string, path: string, data?: object): Promise<unknown> => {
  const init: RequestInit = { method };
  if (data) {
    init.headers = { 'Content-Type': 'application/json' };
    init.body = JSON.stringify({ data });
  }
  const answer = await auth.fetch(path, init);
  const body = (await answer.json().catch(() => ({}))) as { error?: { message: string } };
  if (!answer.ok) throw new Error(body.error?.message ?? `The API answered ${answer.status}`);
  return body;
};

const listOf = async <T>(path: string): Promise<T[]> =>
  ((await call('GET', path)) as { data: T[] }).data;

export const api = {
  me: async () => (await call('GET', '/api/users/me')) as User,
  devices: () => listOf<Device>('/api/auth/sessions'),
  logOutDevice: (id: string) => call('DELETE', `/api/auth/sessions/${id}`),
  logOutOtherDevices: () => call('DELETE', '/api/auth/sessions'),
  photos: () => listOf<Photo>('/api/photos?sort=createdAt:desc'),
  addPhoto: (title: string) => call('POST', '/api/photos', { title }),
  removePhoto: (documentId: string) => call('DELETE', `/api/photos/${documentId}`),
};
