import type { AuthEvent } from '../auth-client';
import { api, apiUrl, auth } from './api';
import { renderDevices, setUpDevices, type ActionRunner } from './devices';
import { element, onClick, show } from './dom';
import { showNotice, textFor } from './messages';
import { renderPhotos, setUpPhotos } from './photos';
import { setUpSignIn } from './sign-in';
import { clearTimeline, renderTimeLeft, addToken, addLogEntry } from './timeline';

let isLoggedIn = false;
/** Whether the page shows that it waits for the API. */
let isWaiting = false;

const showPage = (page: 'user' | 'guest' | 'none') => {
  isLoggedIn = page === 'user';
  show('[data-for=user]', isLoggedIn);
  show('[data-for=guest]', page === 'guest');
};

const runAction: ActionRunner = async (run) => {
  try {
    await run();
  } catch (error) {
    // After a logout the page already shows the reason.
    if (isLoggedIn) showNotice((error as Error).message, 'bad');
  }
};

const renderUser = () =>
  runAction(async () => {
    const { username, email } = await api.me();
    element('#me-name').textContent = username;
    element('#me-email').textContent = email;
    element('#avatar').textContent = username.slice(0, 1).toUpperCase();
    await Promise.all([renderDevices(runAction), renderPhotos(runAction)]);
  });

auth.on((event: AuthEvent) => {
  const { logEntry, tone, notice } = textFor(event);
  if (event.type === 'login') clearTimeline();
  addLogEntry(logEntry, tone);
  if (event.type === 'refresh' || event.type === 'login') addToken(event);
  if (event.type === 'login') {
    showPage('user');
    void renderUser();
  }
  if (event.type === 'refresh') void runAction(() => renderDevices(runAction));
  if (event.type === 'logout' || event.type === 'ended') showPage('guest');
  showNotice(notice, tone);
  isWaiting = false;
});

const setUpToken = () => {
  onClick(element<HTMLButtonElement>('#refresh'), () => runAction(auth.refresh));
  onClick(element<HTMLButtonElement>('#five'), () =>
    runAction(async () => {
      const responses = await Promise.all(
        Array.from({ length: 5 }, () => auth.fetch('/api/users/me')),
      );
      addLogEntry(`Five requests at once: ${responses.map(({ status }) => status).join(', ')}`);
    }),
  );
  setInterval(renderTimeLeft, 1000);
};

/** Restores the login by the cookie, or shows the login form. Tries again until the API answers. */
const restore = async (): Promise<void> => {
  try {
    await auth.refresh();
    if (isLoggedIn) return;
    showPage('guest');
    if (isWaiting) showNotice(undefined);
  } catch {
    isWaiting = true;
    showNotice(`Waiting for the API at ${apiUrl}, which may still be starting.`);
    setTimeout(() => void restore(), 1500);
  }
};

element('#api-url').textContent = apiUrl;
onClick(element<HTMLButtonElement>('#log-out'), () => runAction(() => auth.logout()));
setUpSignIn();
setUpToken();
setUpDevices(runAction);
setUpPhotos(runAction);
void restore();
