import { storedSessions, type TestUser } from '../../tests/helpers/users';
import type { SuiteServer } from '../../tests/helpers/suite';

/** The default `JWT_SECRET_EXPIRES`, in milliseconds. */
export const ACCESS_TOKEN_LIFETIME = 360_000;
/** The default `REFRESH_TOKEN_LEEWAY`, in milliseconds. */
export const LEEWAY = 10_000;
/** More than the leeway, and less than the default `REFRESH_TOKEN_EXPIRES` (two days). */
export const DAY = 86_400_000;

/** Reads the generation and the revocation of each session of a user, oldest first. */
export const sessionStatesOf = async (server: SuiteServer, user: Pick<TestUser, 'id'>) =>
  (await storedSessions(server, user)).map(({ generation, revokedReason }) => ({
    generation: Number(generation),
    revokedReason,
  }));
