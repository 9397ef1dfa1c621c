import type { Core } from '@strapi/strapi';

/** Creates the function that returns whether e-mail addresses must be confirmed. One query per call. */
export const createConfirmationCheck = (strapi: Core.Strapi) => async (): Promise<boolean> => {
  const advanced = (await strapi
    .store({ type: 'plugin', name: 'users-permissions' })
    .get({ key: 'advanced' })) as { email_confirmation?: boolean } | null;
  return advanced?.email_confirmation === true;
};
