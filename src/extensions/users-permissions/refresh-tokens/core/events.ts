import type { RevokedReason, Session } from './session';

/** The events that are emitted on `strapi.eventHub` (design section 6, events). */
export const SESSION_EVENTS = [
  'session.created',
  'session.revoked',
  'session.reuse-detected',
  'session.repeated-elsewhere',
] as const;

export type SessionEventName = (typeof SESSION_EVENTS)[number];

/** Whether a name on `strapi.eventHub` is that of a session event. */
export const isSessionEvent = (name: string): name is SessionEventName =>
  (SESSION_EVENTS as readonly string[]).includes(name);

/** The payload of an event. Never holds a token. */
export interface SessionEvent {
  readonly userId: number;
  readonly sessionId: string;
  readonly reason?: RevokedReason;
  readonly deviceName: string | null;
  readonly ipAddress: string | null;
  /** Who started the session in the place of its user; absent when nobody did. */
  readonly impersonatedBy?: string;
  /** The caller's user agent; in `session.repeated-elsewhere` only. */
  readonly userAgent?: string | null;
  /** The administrator who revoked the session; absent when none did. */
  readonly adminId?: number;
}

/** Creates the payload for a session. */
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
  ...(session.impersonatedBy === null ? {} : { impersonatedBy: session.impersonatedBy }),
  ...(adminId === undefined ? {} : { adminId }),
});
