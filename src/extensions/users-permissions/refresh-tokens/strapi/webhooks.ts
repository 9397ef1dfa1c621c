import type { Core } from '@strapi/strapi';

/**
 * Lets webhooks subscribe to these events. The form of the admin panel has a fixed list, so such a
 * webhook is created through the admin API (docs/security.md shows how).
 */
export const allowWebhooks = (strapi: Core.Strapi): void => {
  const webhooks = strapi.get('webhookStore');
  webhooks.addAllowedEvent('SESSION_REUSE_DETECTED', 'session.reuse-detected');
  webhooks.addAllowedEvent('SESSION_REPEATED_ELSEWHERE', 'session.repeated-elsewhere');
  webhooks.addAllowedEvent('SESSION_REVOKED', 'session.revoked');
};
