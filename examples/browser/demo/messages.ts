import type { AuthEvent, OutReason } from '../../../client/src/index.ts';
import { element } from './dom';

export type Tone = 'good' | 'warn' | 'bad';

export interface EventText {
  readonly tone: Tone;
  /** The entry in the timeline. */
  readonly logEntry: string;
  /** The notice at the top of the page. Without it a previous notice is hidden. */
  readonly notice?: string;
}

const ENDED: Record<Exclude<OutReason, 'logout'>, string> = {
  revoked:
    'You were signed out for your safety. This session was ended from another device, because the ' +
    'password was changed, or because somebody used a copy of your login. If that was not you, log in ' +
    'and change your password.',
  expired: 'Your session has ended. Please log in again.',
  'no-cookie':
    'You were signed out: the browser does not have the login cookie any more. It has expired, was ' +
    'deleted, or the browser blocks cookies of other sites.',
  refused: 'You were signed out: this account cannot log in at the moment.',
};

const timeLeft = (time: number): string => {
  const left = Math.round((time - Date.now()) / 1000);
  return left < 120 ? `${left} s` : `${Math.round(left / 60)} min`;
};

const secondsUntil = (time: number): number => Math.max(1, Math.round((time - Date.now()) / 1000));

/** Returns the texts that the page shows for an event. */
export const textFor = (event: AuthEvent): EventText => {
  switch (event.type) {
    case 'login':
      return {
        tone: 'good',
        logEntry: event.by === 'this tab' ? 'Logged in' : 'Logged in by another tab',
      };
    case 'refresh':
      return {
        tone: 'good',
        logEntry:
          event.by === 'this tab'
            ? `Got a new access token, valid for ${timeLeft(event.expiresAt)}`
            : 'Received the access token of another tab',
      };
    case 'logout':
      return event.by === 'this tab'
        ? { tone: 'good', logEntry: 'Logged out', notice: 'You are logged out.' }
        : { tone: 'warn', logEntry: 'Logged out', notice: 'You logged out in another tab.' };
    case 'ended':
      return {
        tone: event.reason === 'revoked' ? 'bad' : 'warn',
        logEntry: 'The session has ended',
        notice: ENDED[event.reason],
      };
    case 'unavailable':
      return {
        tone: 'warn',
        logEntry: `The refresh failed; next attempt in ${secondsUntil(event.retryAt)} s`,
        notice: 'The server cannot be reached. You stay logged in, and this page tries again.',
      };
  }
};

/** Shows a notice at the top of the page. Hides it if there is no text. */
export const showNotice = (text: string | undefined, tone: Tone = 'warn'): void => {
  const notice = element('#notice');
  notice.hidden = text === undefined;
  notice.dataset.tone = tone;
  notice.textContent = text ?? '';
};
