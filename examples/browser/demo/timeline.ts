import type { AuthEvent } from '../../../client/src/index.ts';
import { cloneTemplate, element } from './dom';
import type { Tone } from './messages';

const MAX_LOG_ENTRIES = 60;
const MAX_BARS = 14;

const log = element('#log');
const bars = element('#tokens');

interface Token {
  readonly bar: HTMLElement;
  readonly since: number;
  readonly expiresAt: number;
}

let newest: Token | null = null;

/** Adds an entry at the top of the timeline. */
export const addLogEntry = (text: string, tone?: Tone): void => {
  const entry = cloneTemplate('log-template');
  const now = new Date();
  const time = element<HTMLTimeElement>('time', entry);
  time.dateTime = now.toISOString();
  time.textContent = now.toLocaleTimeString([], { hour12: false });
  element('span', entry).textContent = text;
  if (tone) entry.dataset.tone = tone;
  log.prepend(entry);
  while (log.children.length > MAX_LOG_ENTRIES) log.lastElementChild?.remove();
};

const formatTime = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};

/** Sets the width of the bar to the time for which the token has been in use. */
const updateBar = ({ bar, since }: Token) => {
  bar.style.flexGrow = String(Math.max(0.05, (Date.now() - since) / 1000));
};

/** Shows the time until the access token expires. */
export const renderTimeLeft = (): void => {
  if (!newest) return;
  const left = newest.expiresAt - Date.now();
  const share = Math.min(1, Math.max(0, left / (newest.expiresAt - newest.since)));
  element('#token-left').textContent = formatTime(left);
  element<SVGElement>('#ring').style.strokeDashoffset = String(100 * (1 - share));
  updateBar(newest);
};

/** Adds the bar of a new access token. */
export const addToken = (event: Extract<AuthEvent, { expiresAt: number }>): void => {
  if (newest) updateBar(newest);
  const bar = document.createElement('li');
  bar.dataset.by = event.by;
  bar.title = `${new Date().toLocaleTimeString([], { hour12: false })}, by ${event.by}`;
  bars.append(bar);
  while (bars.children.length > MAX_BARS) bars.firstElementChild?.remove();
  newest = { bar, since: Date.now(), expiresAt: event.expiresAt };
  renderTimeLeft();
};

/** Removes all entries and bars, which may belong to another user. */
export const clearTimeline = (): void => {
  newest = null;
  log.replaceChildren();
  bars.replaceChildren();
};
