import type { Admin } from './admins';
import type { TestServer } from './server';
import { insertSessionRows, sessionRow } from './session-rows';

type Server = Pick<TestServer, 'strapi' | 'request' | 'clock'>;

/** Asks the admin API for sessions, as the admin panel does. */
export const getSessions = (
  server: Pick<Server, 'request'>,
  { headers }: Pick<Admin, 'headers'>,
  query: object | string = {},
) => server.request().get('/users-permissions/sessions').query(query).set(headers);

/** Asks the admin API to revoke sessions. */
export const postRevoke = (
  server: Pick<Server, 'request'>,
  { headers }: Pick<Admin, 'headers'>,
  body: unknown,
) =>
  server
    .request()
    .post('/users-permissions/sessions/revoke')
    .set(headers)
    .send(body as object);

/** Asks the admin API for figures. */
export const getStatistics = (
  server: Pick<Server, 'request'>,
  { headers }: Pick<Admin, 'headers'>,
) => server.request().get('/users-permissions/sessions/statistics').set(headers);

/** Stores sessions of a user, live but for what is said of each; resolves to their ids. */
export const storeSessions = async (
  server: Pick<Server, 'strapi' | 'clock'>,
  userId: number,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<string[]> => {
  const now = server.clock.now();
  const complete = rows.map((row) => sessionRow(now, { user_id: userId, ...row }));
  await insertSessionRows(server, complete);
  return complete.map(({ session_id }) => session_id);
};
