import type { Session } from '../../../client/src/index.ts';
import { auth } from './api';
import { cloneTemplate, element, onClick } from './dom';

const list = element('#devices');

/** Runs an action of the page. Shows a notice if it fails. */
export type ActionRunner = (run: () => Promise<unknown>) => Promise<void>;

const timeAgo = (iso: string): string => {
  const minutes = Math.round((Date.now() - Date.parse(iso)) / 60_000);
  const format = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  if (minutes < 1) return 'just now';
  if (minutes < 60) return format.format(-minutes, 'minute');
  if (minutes < 60 * 24) return format.format(-Math.round(minutes / 60), 'hour');
  return format.format(-Math.round(minutes / 60 / 24), 'day');
};

/** Loads and shows the sessions of the user. */
export const renderDevices = async (runAction: ActionRunner): Promise<void> => {
  const row = (session: Session): HTMLElement => {
    const { id, deviceName, ipAddress, lastUsedAt, impersonatedBy, current } = session;
    const item = cloneTemplate('device-template');
    const name = deviceName ?? 'Unknown device';
    const button = element<HTMLButtonElement>('button', item);
    item.classList.toggle('current', current);
    element('.device-name', item).textContent = name;
    const by = impersonatedBy ? `, impersonated by ${impersonatedBy}` : '';
    element('.device-more', item).textContent =
      `${ipAddress ?? 'no address'}, used ${timeAgo(lastUsedAt)}${by}`;
    element('.badge', item).hidden = !current;
    button.hidden = current;
    button.setAttribute('aria-label', `Log out ${name}`);
    onClick(button, () =>
      runAction(async () => {
        await auth.sessions.end(id);
        await renderDevices(runAction);
      }),
    );
    return item;
  };
  list.replaceChildren(...(await auth.sessions.list()).map(row));
};

/** Adds the click handlers of the buttons below the list. */
export const setUpDevices = (runAction: ActionRunner): void => {
  onClick(element<HTMLButtonElement>('#log-out-others'), () =>
    runAction(async () => {
      await auth.sessions.endOthers();
      await renderDevices(runAction);
    }),
  );
  onClick(element<HTMLButtonElement>('#log-out-everywhere'), () =>
    runAction(() => auth.logout({ everywhere: true })),
  );
};
