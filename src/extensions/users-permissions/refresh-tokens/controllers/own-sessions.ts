import { isSessionId, type Owner } from '../core/session';
import { refusal } from '../http/refusals';
import { ipAddressOf } from '../http/request';
import type { SessionService } from '../services/sessions';
import type { Action, StrapiKoaContext } from '../shapes';

interface Caller {
  readonly owner: Owner;
  /** Absent when the access token is tied to no session. */
  readonly sessionId: string | undefined;
}

/**
 * Who calls. The route lets every API token through as well, and those are nobody.
 *
 * @throws without a logged-in user
 */
const callerOf = ({ state }: StrapiKoaContext): Caller => {
  const { user, session } = state as { user?: Owner; session?: { id: string } };
  if (!user) throw refusal('not-logged-in');
  return { owner: { id: user.id, documentId: user.documentId }, sessionId: session?.id };
};

/** The actions by which people see and end their own sessions. */
export const createSessionActions = (
  sessions: SessionService,
): { getSessions: Action; revokeSession: Action; revokeOtherSessions: Action } => ({
  async getSessions(ctx) {
    const { owner, sessionId } = callerOf(ctx);
    const current = { sessionId, ipAddress: ipAddressOf(ctx) };
    ctx.send({ data: await sessions.list(owner, current) });
  },

  async revokeSession(ctx) {
    const { owner } = callerOf(ctx);
    const { sessionId } = ctx.params as { sessionId: string };
    const isRevoked = isSessionId(sessionId) && (await sessions.revokeOwn(owner, sessionId));
    if (!isRevoked) throw refusal('unknown-session');
    ctx.send({ data: {} });
  },

  async revokeOtherSessions(ctx) {
    const { owner, sessionId } = callerOf(ctx);
    ctx.send({ data: { revoked: await sessions.revokeOthers(owner, sessionId) } });
  },
});
