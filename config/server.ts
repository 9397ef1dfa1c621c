import type { Core } from '@strapi/strapi';
import { environmentValues } from '../src/extensions/users-permissions/refresh-tokens/settings/environment-values';
import { proxySettings } from '../src/extensions/users-permissions/refresh-tokens/settings/proxy';

const server = (): Core.Config.Server => {
  const values = environmentValues();
  return {
    host: values.HOST,
    port: values.PORT,
    url: values.PUBLIC_URL ?? '',
    proxy: proxySettings(),
    // Missing keys stop the boot a moment later: `settings/settings.ts` of the extension names them.
    app: { keys: values.APP_KEYS ?? [] },
    webhooks: { populateRelations: values.WEBHOOKS_POPULATE_RELATIONS },
  };
};

export default server;
