import type { AuthEvent } from '../auth-client';
import { api, apiUrl, auth } from './api';
import { drawDevices, setUpDevices, type Attempt } from './devices';
import { element, onClick, show } from './dom';
import { notify, wordsFor } from './messages';
import { drawPhotos, setUpPhotos } from './photos';
import { setUpSignIn } from './sign-in';
import { clearTimeline, drawClock, drawToken, note } from './timeline';

let isLoggedIn = false;
/** Whether the page has said that it waits for the API. */
let isWaiting = false;

const showPage = (page: 'user' | 'visitor' | 'none') => {
  isLoggedIn = page === 'user';
  show('[data-for=user]', isLoggedIn);
  show('[data-for=visitor]', page === 'visitor');
};

const attempt: Attempt = async (run) => {
  try {
    await run();
  } catch (error) {
    // Once logged out the page has said why, and better than this answer does.
    if (isLoggedIn) notify((error as Error).message, 'bad');
  }
};

const drawUser = () =>
  attempt(async () => {
    const { username, email } = await api.me();
    element('#me-name').textContent = username;
    element('#me-email').textContent = email;
    element('#avatar').textContent = username.slice(0, 1).toUpperCase();
    await Promise.all([drawDevices(attempt), drawPhotos(attempt)]);
  });

auth.on((event: AuthEvent) => {
  const { short, tone, notice } = wordsFor(event);
  if (event.type === 'login') clearTimeline();
  note(short, tone);
  if (event.type === 'refresh' || event.type === 'login') drawToken(event);
  if (event.type === 'login') {
    showPage('user');
    void drawUser();
  }
  if (event.type === 'refresh') void attempt(() => drawDevices(attempt));
  if (event.type === 'logout' || event.type === 'ended') showPage('visitor');
  notify(notice, tone);
  isWaiting = false;
});

const setUpToken = () => {
  onClick(element<HTMLButtonElement>('#refresh'), () => attempt(auth.refresh));
  onClick(element<HTMLButtonElement>('#five'), () =>
    attempt(async () => {
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => auth.fetch('/api/users/me')),
      );
      note(`Five requests at once: ${answers.map(({ status }) => status).join(', ')}`);
    }),
  );
  setInterval(drawClock, 1000);
};

/** Whether somebody is logged in, as soon as the API can tell. */
const restore = async (): Promise<void> => {
  try {
    await auth.refresh();
    if (isLoggedIn) return;
    showPage('visitor');
    if (isWaiting) notify(undefined);
  } catch {
    isWaiting = true;
    notify(`Waiting for the API at ${apiUrl}: it may still be starting.`);
    setTimeout(() => void restore(), 1500);
  }
};

element('#api-url').textContent = apiUrl;
onClick(element<HTMLButtonElement>('#log-out'), () => attempt(() => auth.logout()));
setUpSignIn();
setUpToken();
setUpDevices(attempt);
setUpPhotos(attempt);
void restore();
