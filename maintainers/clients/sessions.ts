import { storedSessions, type TestUser } from '../../tests/helpers/users';
import type { SuiteServer } from '../../tests/helpers/suite';

/** The defaults of the server, in milliseconds. */
export const ACCESS_TOKEN_LIFE = 360_000;
export const LEEWAY = 10_000;
/** Long after the leeway, and before a refresh token expires. */
export const DAY = 86_400_000;

/** What became of the sessions of a user, oldest first. */
export const sessionsOf = async (server: SuiteServer, user: Pick<TestUser, 'id'>) =>
  (await storedSessions(server, user)).map(({ generation, revokedReason }) => ({
    generation: Number(generation),
    revokedReason,
  }));
