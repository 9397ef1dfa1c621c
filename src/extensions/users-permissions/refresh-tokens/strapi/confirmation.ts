import type { Core } from '@strapi/strapi';

/** Whether the administrator requires confirmed e-mail addresses. One query each time. */
export const createConfirmationCheck = (strapi: Core.Strapi) => async (): Promise<boolean> => {
  const advanced = (await strapi
    .store({ type: 'plugin', name: 'users-permissions' })
    .get({ key: 'advanced' })) as { email_confirmation?: boolean } | null;
  return advanced?.email_confirmation === true;
};
