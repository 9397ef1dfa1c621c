import type { AuthEvent } from '../auth-client';
import { copyOf, element } from './dom';
import type { Tone } from './messages';

const LONGEST_LOG = 60;
const MOST_BARS = 14;

const log = element('#log');
const bars = element('#tokens');

interface Token {
  readonly bar: HTMLElement;
  readonly since: number;
  readonly expiresAt: number;
}

let newest: Token | null = null;

/** Writes a line to the timeline, newest first. */
export const note = (text: string, tone?: Tone): void => {
  const line = copyOf('log-template');
  const now = new Date();
  const time = element<HTMLTimeElement>('time', line);
  time.dateTime = now.toISOString();
  time.textContent = now.toLocaleTimeString([], { hour12: false });
  element('span', line).textContent = text;
  if (tone) line.dataset.tone = tone;
  log.prepend(line);
  while (log.children.length > LONGEST_LOG) log.lastElementChild?.remove();
};

const clock = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};

/** The bar of a token grows for as long as it is the one in use. */
const grow = ({ bar, since }: Token) => {
  bar.style.flexGrow = String(Math.max(0.05, (Date.now() - since) / 1000));
};

/** Draws how much time the access token has left. */
export const drawClock = (): void => {
  if (!newest) return;
  const left = newest.expiresAt - Date.now();
  const share = Math.min(1, Math.max(0, left / (newest.expiresAt - newest.since)));
  element('#token-left').textContent = clock(left);
  element<SVGElement>('#ring').style.strokeDashoffset = String(100 * (1 - share));
  grow(newest);
};

/** Adds the bar of a new access token. */
export const drawToken = (event: Extract<AuthEvent, { expiresAt: number }>): void => {
  if (newest) grow(newest);
  const bar = document.createElement('li');
  bar.dataset.by = event.by;
  bar.title = `${new Date().toLocaleTimeString([], { hour12: false })}, by ${event.by}`;
  bars.append(bar);
  while (bars.children.length > MOST_BARS) bars.firstElementChild?.remove();
  newest = { bar, since: Date.now(), expiresAt: event.expiresAt };
  drawClock();
};

/** Forgets what was drawn: it was somebody's. */
export const clearTimeline = (): void => {
  newest = null;
  log.replaceChildren();
  bars.replaceChildren();
};
