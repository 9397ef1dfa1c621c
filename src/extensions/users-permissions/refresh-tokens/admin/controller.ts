import type { AdminSessions } from './admin-sessions';
import { refusal } from '../http/refusals';
import { readListRequest, readRevokeRequest } from './requests';
import type { StatisticsService } from './statistics';
import type { Action, StrapiKoaContext } from '../shapes';

interface AdminSessionDependencies {
  readonly adminSessions: AdminSessions;
  readonly statistics: StatisticsService;
}

/** The administrator who calls: the policies of the route admit nobody else. */
const adminIdOf = ({ state }: StrapiKoaContext): number =>
  (state as { user: { id: number } }).user.id;

/** @throws when the session does not exist */
const found = <Answer>(answer: Answer | null): Answer => {
  if (answer === null) throw refusal('unknown-session');
  return answer;
};

/** Creates the actions by which administrators see and end the sessions of all users. */
export const createAdminSessionActions = ({
  adminSessions,
  statistics,
}: AdminSessionDependencies): { find: Action; statistics: Action; revoke: Action } => ({
  async find(ctx) {
    ctx.send(await adminSessions.list(readListRequest(ctx.query)));
  },

  async statistics(ctx) {
    ctx.send(await statistics.read());
  },

  async revoke(ctx) {
    const { target, dryRun } = readRevokeRequest(ctx.request.body);
    if (dryRun) {
      ctx.send({ data: found(await adminSessions.count(target)) });
      return;
    }
    const revoked = found(await adminSessions.revoke(target, adminIdOf(ctx)));
    statistics.forget();
    ctx.send({ data: { revoked } });
  },
});
