import type { AuthEvent, EndReason } from '../auth-client';
import { element } from './dom';

export type Tone = 'good' | 'warn' | 'bad';

export interface Words {
  readonly tone: Tone;
  /** One line for the timeline. */
  readonly short: string;
  /** What is said at the top of the page; nothing where there is no need. */
  readonly notice?: string;
}

const ENDED: Record<EndReason, string> = {
  revoked:
    'You were signed out for your safety. This session was ended from another device, by a new ' +
    'password, or because somebody used a copy of your login. If that was not you, log in and ' +
    'change your password.',
  expired: 'Your session has ended. Please log in again.',
  'no cookie':
    'You were signed out: the browser no longer has the login cookie. It ran out, was deleted, or ' +
    'the browser blocks cookies of other sites.',
  refused: 'You were signed out: this account may not log in at the moment.',
};

const minutes = (time: number): string => {
  const left = Math.round((time - Date.now()) / 1000);
  return left < 120 ? `${left} s` : `${Math.round(left / 60)} min`;
};

const seconds = (time: number): number => Math.max(1, Math.round((time - Date.now()) / 1000));

/** What an event means, in words for people. */
export const wordsFor = (event: AuthEvent): Words => {
  switch (event.type) {
    case 'login':
      return {
        tone: 'good',
        short: event.by === 'this tab' ? 'Logged in' : 'Logged in by another tab',
      };
    case 'refresh':
      return {
        tone: 'good',
        short:
          event.by === 'this tab'
            ? `Got a new access token, good for ${minutes(event.expiresAt)}`
            : 'Another tab shared its new token',
      };
    case 'logout':
      return event.by === 'this tab'
        ? { tone: 'good', short: 'Logged out', notice: 'You are logged out.' }
        : { tone: 'warn', short: 'Logged out', notice: 'You logged out in another tab.' };
    case 'ended':
      return {
        tone: event.reason === 'revoked' ? 'bad' : 'warn',
        short: 'The session has ended',
        notice: ENDED[event.reason],
      };
    case 'unavailable':
      return {
        tone: 'warn',
        short: `No refresh possible; again in ${seconds(event.retryAt)} s`,
        notice: 'The server cannot be reached just now. You stay logged in; this page tries again.',
      };
  }
};

/** Says something at the top of the page, or nothing any more. */
export const notify = (text: string | undefined, tone: Tone = 'warn'): void => {
  const notice = element('#notice');
  notice.hidden = text === undefined;
  notice.dataset.tone = tone;
  notice.textContent = text ?? '';
};
