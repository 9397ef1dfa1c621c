import { randomUUID } from 'node:crypto';
import type { Core, Modules } from '@strapi/strapi';
import ms from 'ms';
import { isSessionEvent } from '../core/events';
import type { SignWebhook } from '../core/webhook-signature';
import { createRetries } from './retries';

type Webhook = Modules.WebhookStore.Webhook;

/** The parts of `@strapi/core/dist/services/webhook-runner.js` that are used. */
type WebhookRunner = Modules.WebhookRunner.WebhookRunner & {
  /** The webhooks of each event. */
  readonly webhooksMap: ReadonlyMap<string, readonly Webhook[]>;
};

/** The pauses before the retries (docs/decisions/0034). */
const PAUSES = [ms('5s'), ms('30s'), ms('2m'), ms('5m')];

/** How many messages may wait for a retry: a kilobyte each. */
const LIMIT = 1000;

/** What Strapi sends for the button "Trigger" of a webhook. */
const TEST_EVENT = 'trigger-test';

/** Returns why no response came. The message of the error may have the URL or a header, so secrets. */
const failureOf = (error: unknown): string => {
  const { name, cause } = error as Error & { cause?: { code?: string } };
  return cause?.code ?? name;
};

/**
 * Creates what signs the webhooks of session events and sends them again after a failure. Strapi's own
 * `run` sends each try, and all other webhooks.
 *
 * @param now milliseconds since the epoch
 * @param warn logs a message that is given up
 */
export const createSignedWebhooks = ({
  strapi,
  sign,
  now,
  warn,
}: {
  strapi: Core.Strapi;
  sign: SignWebhook;
  now: () => number;
  warn: (message: string) => void;
}) => {
  const retries = createRetries(PAUSES, LIMIT);

  const replaceRun = (runner: WebhookRunner): void => {
    const { run } = runner;

    /** Sends a message once. Returns Strapi's result, and what to log if it is a failure. */
    const send = async (id: string, ...message: Parameters<WebhookRunner['run']>) => {
      let failure: string | undefined;
      const signedFetch: typeof fetch = async (url, init) => {
        try {
          const headers = new Headers(init?.headers);
          const signature = sign(id, String(init?.body), now());
          for (const [name, value] of Object.entries(signature)) headers.set(name, value);
          // A redirected POST may become a GET without the body, and look delivered.
          return await strapi.fetch(String(url), { ...init, headers, redirect: 'manual' });
        } catch (error) {
          failure = failureOf(error);
          throw error;
        }
      };
      const signingRunner = Object.assign(Object.create(runner), { fetch: signedFetch });
      const result = await run.apply(signingRunner, message);
      return { result, failure: failure ?? `status ${result.statusCode}` };
    };

    /** Sends a message, and leaves its retries to timers. Returns the result of the first try. */
    const deliver: WebhookRunner['run'] = async (webhook, event, info) => {
      const id = `msg_${randomUUID()}`;
      // Before the rest, like Strapi's, which it replaces: the body stays the same.
      const content = { createdAt: new Date(now()), ...info };
      let tries = 0;
      let lastFailure = '';

      const attempt = async (receiver: Webhook) => {
        tries += 1;
        const { result, failure } = await send(id, receiver, event, content);
        lastFailure = failure;
        return { result, isDone: result.statusCode >= 200 && result.statusCode < 300 };
      };

      const first = await attempt(webhook);
      if (first.isDone || event === TEST_EVENT) return first.result;
      retries.add({
        attempt: async () => {
          // An administrator may have changed or deleted the webhook.
          const current = runner.webhooksMap.get(event)?.find((other) => other.id === webhook.id);
          return current?.isEnabled ? (await attempt(current)).isDone : true;
        },
        giveUp: (why) =>
          warn(
            `Webhook not delivered: ${event} of session ${info?.sessionId} to webhook ${webhook.id} ` +
              `as ${id}: ${lastFailure} at try ${tries}, and ${why}`,
          ),
      });
      return first.result;
    };

    const isSigned = (webhook: Webhook, event: string): boolean =>
      isSessionEvent(event) || (event === TEST_EVENT && webhook.events.some(isSessionEvent));

    runner.run = (webhook, event, info) =>
      isSigned(webhook, event)
        ? deliver(webhook, event, info)
        : run.call(runner, webhook, event, info);
  };

  return {
    start: (): void => replaceRun(strapi.get('webhookRunner') as WebhookRunner),
    stop: retries.stop,
  };
};
