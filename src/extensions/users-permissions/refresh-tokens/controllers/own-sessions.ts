import { isSessionId, type Owner } from '../core/session';
import { refusal } from '../http/refusals';
import { clientAddressOf } from '../http/request';
import type { SessionService } from '../services/sessions';
import type { Action, StrapiKoaContext } from '../shapes';

interface Login {
  readonly owner: Owner;
  /** Undefined when the access token is tied to no session. */
  readonly sessionId: string | undefined;
}

/**
 * Returns the user and the session of the access token.
 *
 * @throws 401 without a user: the routes have no scope, so Strapi admits the public
 */
const requireLogin = ({ state }: StrapiKoaContext): Login => {
  const { user, session } = state as { user?: Owner; session?: { id: string } };
  if (!user) throw refusal('not-logged-in');
  return { owner: { id: user.id, documentId: user.documentId }, sessionId: session?.id };
};

/** Creates the actions with which users list and end their own sessions. */
export const createOwnSessionActions = (
  sessions: SessionService,
): { getSessions: Action; revokeSession: Action; revokeOtherSessions: Action } => ({
  async getSessions(ctx) {
    const { owner, sessionId } = requireLogin(ctx);
    const current = { sessionId, ipAddress: clientAddressOf(ctx) };
    ctx.send({ data: await sessions.list(owner, current) });
  },

  async revokeSession(ctx) {
    const { owner } = requireLogin(ctx);
    const { sessionId } = ctx.params as { sessionId: string };
    const isRevoked = isSessionId(sessionId) && (await sessions.revokeOwn(owner, sessionId));
    if (!isRevoked) throw refusal('unknown-session');
    ctx.send({ data: {} });
  },

  async revokeOtherSessions(ctx) {
    const { owner, sessionId } = requireLogin(ctx);
    ctx.send({ data: { revoked: await sessions.revokeOthers(owner, sessionId) } });
  },
});
