import { createHmac, createSecretKey } from 'node:crypto';
import { toSeconds } from './signatures';

/**
 * Returns the headers that sign one try to deliver a message.
 *
 * @param id the same at each try of a message; without a dot, which separates the signed parts
 * @param body exactly what is sent
 * @param now milliseconds since the epoch
 */
export type SignWebhook = (id: string, body: string, now: number) => Record<string, string>;

/**
 * Creates the function that signs webhooks as Standard Webhooks 1.0.0 has it
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 *
 * @param secrets base64; each makes a signature, so that a receiver may have any of them
 */
export const createWebhookSigner = (secrets: readonly string[]): SignWebhook => {
  const keys = secrets.map((secret) => createSecretKey(secret, 'base64'));

  return (id, body, now) => {
    const timestamp = toSeconds(now);
    const signatures = keys.map((key) =>
      createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64'),
    );
    return {
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signatures.map((signature) => `v1,${signature}`).join(' '),
    };
  };
};
