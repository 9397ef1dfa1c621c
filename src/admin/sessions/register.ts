import { Monitor } from '@strapi/icons';
import type { StrapiApp } from '@strapi/strapi/admin';
import { PAGE } from './location';
import { message } from './messages';
import { READ } from './permissions';
import { SessionsPanel } from './sessions-panel';

/** The functions of the Content Manager that are used here. */
interface ContentManagerApis {
  addEditViewSidePanel(panels: (typeof SessionsPanel)[]): void;
}

/** Adds the page, the panel beside a user and the widget to the admin panel. */
export const registerSessions = (app: StrapiApp): void => {
  app.addMenuLink({
    to: PAGE,
    icon: Monitor,
    intlLabel: message('sessions.title'),
    permissions: READ,
    Component: () => import('./sessions-page'),
  });

  const contentManager = app.getPlugin('content-manager').apis as unknown as ContentManagerApis;
  contentManager.addEditViewSidePanel([SessionsPanel]);

  app.widgets.register({
    id: 'sessions',
    pluginId: 'users-permissions',
    icon: Monitor,
    title: message('sessions.title'),
    link: { label: message('sessions.open-page'), href: `/${PAGE}` },
    component: async () => (await import('./sessions-widget')).SessionsWidget,
    permissions: READ,
  });
};
