import { errors } from '@strapi/utils';
import { readListRequest, readRevokeRequest, RequestInvalid } from './requests';
import type { AdminSessions } from './admin-sessions';
import { refusal } from '../http/refusals';
import type { StatisticsService } from './statistics';
import type { Action, StrapiKoaContext } from '../shapes';

interface AdminSessionDependencies {
  readonly adminSessions: AdminSessions;
  readonly statistics: StatisticsService;
}

/** @throws {errors.ValidationError} whose message names the field */
const readFrom = <Request>(read: (input: unknown) => Request, input: unknown): Request => {
  try {
    return read(input);
  } catch (error) {
    if (error instanceof RequestInvalid) throw new errors.ValidationError(error.message);
    throw error;
  }
};

/** The administrator who calls: the policies of the route have let nobody else in. */
const adminIdOf = ({ state }: StrapiKoaContext): number =>
  (state as { user: { id: number } }).user.id;

/** @throws when the session does not exist */
const found = <Answer>(answer: Answer | null): Answer => {
  if (answer === null) throw refusal('unknown-session');
  return answer;
};

/** The actions by which administrators see and end everybody's sessions. */
export const createAdminSessionActions = ({
  adminSessions,
  statistics,
}: AdminSessionDependencies): { find: Action; statistics: Action; revoke: Action } => ({
  async find(ctx) {
    ctx.send(await adminSessions.list(readFrom(readListRequest, ctx.query)));
  },

  async statistics(ctx) {
    ctx.send(await statistics.read());
  },

  async revoke(ctx) {
    const { target, dryRun } = readFrom(readRevokeRequest, ctx.request.body);
    if (dryRun) {
      ctx.send({ data: found(await adminSessions.count(target)) });
      return;
    }
    const revoked = found(await adminSessions.revoke(target, adminIdOf(ctx)));
    statistics.forget();
    ctx.send({ data: { revoked } });
  },
});
