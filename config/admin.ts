import type { Core } from '@strapi/strapi';
import { unsetWhenEmpty } from '../src/extensions/users-permissions/refresh-tokens/settings/unset-when-empty';

const adminConfig = (env: Core.Config.Shared.ConfigParams['env']): Core.Config.Admin => ({
  // A missing secret stops the boot a moment later: `settings/settings.ts` of the extension names it.
  auth: { secret: env('ADMIN_JWT_SECRET', '') },
  apiToken: { salt: env('API_TOKEN_SALT', '') },
  transfer: { token: { salt: env('TRANSFER_TOKEN_SALT', '') } },
  secrets: { encryptionKey: env('ENCRYPTION_KEY') },
  flags: {
    nps: env.bool('FLAG_NPS', true),
    promoteEE: env.bool('FLAG_PROMOTE_EE', true),
    docLinks: env.bool('FLAG_DOC_LINKS', true),
  },
});

const admin = ({ env }: Core.Config.Shared.ConfigParams): Core.Config.Admin =>
  adminConfig(unsetWhenEmpty(env));

export default admin;
