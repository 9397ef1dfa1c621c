import type { AuthEvent, AuthUser } from '../../../client/src/index.ts';
import { apiUrl, auth } from './api';
import { renderDevices, setUpDevices, type ActionRunner } from './devices';
import { element, onClick, show } from './dom';
import { showNotice, textFor } from './messages';
import { renderPhotos, setUpPhotos } from './photos';
import { setUpSignIn } from './sign-in';
import { clearTimeline, renderTimeLeft, addToken, addLogEntry } from './timeline';

let isLoggedIn = false;

const showPage = (isUser: boolean) => {
  isLoggedIn = isUser;
  show('[data-for=user]', isUser);
  show('[data-for=guest]', !isUser);
};

const runAction: ActionRunner = async (run) => {
  try {
    await run();
  } catch (error) {
    // After a logout the page already shows the reason.
    if (isLoggedIn) showNotice((error as Error).message, 'bad');
  }
};

const renderUser = ({ username, email }: AuthUser) => {
  element('#me-name').textContent = username;
  element('#me-email').textContent = email;
  element('#avatar').textContent = username.slice(0, 1).toUpperCase();
  void runAction(() => Promise.all([renderDevices(runAction), renderPhotos(runAction)]));
};

auth.on((event: AuthEvent) => {
  const { logEntry, tone, notice } = textFor(event);
  if (event.type === 'login') clearTimeline();
  addLogEntry(logEntry, tone);
  if (event.type === 'refresh' || event.type === 'login') addToken(event);
  if (event.type === 'refresh') void runAction(() => renderDevices(runAction));
  if (auth.state.status !== 'loading') showNotice(notice, tone);
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

element('#api-url').textContent = apiUrl;
onClick(element<HTMLButtonElement>('#log-out'), () => runAction(() => auth.logout()));
setUpSignIn();
setUpToken();
setUpDevices(runAction);
setUpPhotos(runAction);

let shownUser: AuthUser | null = null;
/** Whether the page shows that it waits for the API. */
let isWaiting = false;

auth.subscribe(({ status, user, error }) => {
  if (status === 'loading') {
    isWaiting = error !== null;
    if (isWaiting) showNotice(`Waiting for the API at ${apiUrl}, which may still be starting.`);
    return;
  }
  if (isWaiting) showNotice(undefined);
  isWaiting = false;
  showPage(status === 'in');
  if (user && user !== shownUser) renderUser(user);
  shownUser = user;
});
