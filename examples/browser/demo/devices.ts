import { api, auth, type Device } from './api';
import { copyOf, element, onClick } from './dom';

const list = element('#devices');

/** What carries out an action and says what went wrong. */
export type Attempt = (run: () => Promise<unknown>) => Promise<void>;

const ago = (iso: string): string => {
  const minutes = Math.round((Date.now() - Date.parse(iso)) / 60_000);
  const format = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  if (minutes < 1) return 'just now';
  if (minutes < 60) return format.format(-minutes, 'minute');
  if (minutes < 60 * 24) return format.format(-Math.round(minutes / 60), 'hour');
  return format.format(-Math.round(minutes / 60 / 24), 'day');
};

/** Draws the devices where somebody is logged in. */
export const drawDevices = async (attempt: Attempt): Promise<void> => {
  const row = ({ id, deviceName, ipAddress, lastUsedAt, current }: Device): HTMLElement => {
    const item = copyOf('device-template');
    const name = deviceName ?? 'Unknown device';
    const button = element<HTMLButtonElement>('button', item);
    item.classList.toggle('current', current);
    element('.device-name', item).textContent = name;
    element('.device-more', item).textContent =
      `${ipAddress ?? 'no address'}, used ${ago(lastUsedAt)}`;
    element('.badge', item).hidden = !current;
    button.hidden = current;
    button.setAttribute('aria-label', `Log out ${name}`);
    onClick(button, () =>
      attempt(async () => {
        await api.logOutDevice(id);
        await drawDevices(attempt);
      }),
    );
    return item;
  };
  list.replaceChildren(...(await api.devices()).map(row));
};

/** Makes the buttons below the list work. */
export const setUpDevices = (attempt: Attempt): void => {
  onClick(element<HTMLButtonElement>('#log-out-others'), () =>
    attempt(async () => {
      await api.logOutOtherDevices();
      await drawDevices(attempt);
    }),
  );
  onClick(element<HTMLButtonElement>('#log-out-everywhere'), () =>
    attempt(() => auth.logout('all')),
  );
};
