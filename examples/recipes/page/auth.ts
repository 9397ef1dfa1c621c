import { createAuthClient } from 'strapi-refresh-token-client';

export const auth = createAuthClient({ url: 'http://localhost:1337' });

/** Shows who is logged in, now and whenever that changes, in any tab. */
export const showUser = (element: Element) =>
  auth.subscribe(({ status, user, reason }) => {
    if (status === 'loading') element.textContent = 'One moment …';
    if (status === 'in') element.textContent = `Welcome, ${user.username}`;
    if (status === 'out') element.textContent = `Please log in. ${reason ?? ''}`;
  });

/** Sends the access token, and refreshes it when that is due. */
export const loadSessions = () => auth.sessions.list();
