import { Monitor } from '@strapi/icons';
import type { StrapiApp } from '@strapi/strapi/admin';
import { PAGE } from './location';
import { messages } from './messages';
import { READ } from './permissions';
import { SessionsPanel } from './sessions-panel';

/** The part that is used of what the Content Manager offers to others. */
interface ContentManagerApis {
  addEditViewSidePanel(panels: (typeof SessionsPanel)[]): void;
}

/** Adds the page, the panel beside a user and the widget to the admin panel. */
export const registerSessions = (app: StrapiApp): void => {
  app.addMenuLink({
    to: PAGE,
    icon: Monitor,
    intlLabel: messages.title,
    permissions: READ,
    Component: () => import('./sessions-page'),
  });

  const contentManager = app.getPlugin('content-manager').apis as unknown as ContentManagerApis;
  contentManager.addEditViewSidePanel([SessionsPanel]);

  app.widgets.register({
    id: 'sessions',
    pluginId: 'users-permissions',
    icon: Monitor,
    title: messages.title,
    link: { label: messages.openPage, href: `/${PAGE}` },
    component: async () => (await import('./sessions-widget')).SessionsWidget,
    permissions: READ,
  });
};
