import type { RevokedReason, Session } from './session';

/** What can happen to a session, as others may hear of it (design section 6, events). */
export type SessionEventName =
  'session.created' | 'session.revoked' | 'session.reuse-detected' | 'session.repeated-elsewhere';

/** What a listener learns. Never a token. */
export interface SessionEvent {
  readonly userId: number;
  readonly sessionId: string;
  readonly reason?: RevokedReason;
  readonly deviceName: string | null;
  readonly ipAddress: string | null;
  /** The caller's user agent; in `session.repeated-elsewhere` only. */
  readonly userAgent?: string | null;
  /** The administrator who ended the session, where one did. */
  readonly adminId?: number;
}

/** Makes the event of a session. */
export const sessionEvent = (
  session: Session,
  reason?: RevokedReason,
  adminId?: number,
): SessionEvent => ({
  userId: session.userId,
  sessionId: session.sessionId,
  ...(reason === undefined ? {} : { reason }),
  deviceName: session.deviceName,
  ipAddress: session.ipAddress,
  ...(adminId === undefined ? {} : { adminId }),
});
