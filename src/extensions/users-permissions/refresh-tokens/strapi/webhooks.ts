import type { Core } from '@strapi/strapi';

/**
 * Allows webhooks for these events. The form in the admin panel has a fixed list of events, so such a
 * webhook is created through the admin API (docs/security.md shows how).
 */
export const allowWebhookEvents = (strapi: Core.Strapi): void => {
  const webhooks = strapi.get('webhookStore');
  webhooks.addAllowedEvent('SESSION_REUSE_DETECTED', 'session.reuse-detected');
  webhooks.addAllowedEvent('SESSION_REPEATED_ELSEWHERE', 'session.repeated-elsewhere');
  webhooks.addAllowedEvent('SESSION_REVOKED', 'session.revoked');
};
