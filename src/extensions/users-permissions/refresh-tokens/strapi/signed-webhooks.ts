import { randomUUID } from 'node:crypto';
import type { Core, Modules } from '@strapi/strapi';
import ms from 'ms';
import { isSessionEvent } from '../core/events';
import type { SignWebhook } from '../core/webhook-signature';
import { createRetries, type Retries } from './retries';

type Webhook = Modules.WebhookStore.Webhook;

/** The parts of `@strapi/core/dist/services/webhook-runner.js` that are used. */
type WebhookRunner = Modules.WebhookRunner.WebhookRunner & {
  /** The webhooks of each event. */
  readonly webhooksMap: ReadonlyMap<string, readonly Webhook[]>;
};

type Run = WebhookRunner['run'];

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

interface Dependencies {
  readonly strapi: Core.Strapi;
  readonly sign: SignWebhook;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Logs a message that is given up. */
  readonly warn: (message: string) => void;
}

/**
 * Creates the function that sends a message once, as Strapi does and with a signature. It returns Strapi's
 * result, and what to log if that is a failure.
 */
const createSend = (runner: WebhookRunner, { strapi, sign, now }: Dependencies) => {
  const { run } = runner;
  return async (id: string, ...message: Parameters<Run>) => {
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
};

/** Creates the `run` that sends a message, leaves its retries to timers, and returns the first result. */
const createDeliver = (
  runner: WebhookRunner,
  retries: Retries,
  dependencies: Dependencies,
): Run => {
  const { now, warn } = dependencies;
  const send = createSend(runner, dependencies);

  return async (webhook, event, info) => {
    const id = `msg_${randomUUID()}`;
    // It replaces the time that Strapi takes at each try: the body stays the same.
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
};

const isSigned = (webhook: Webhook, event: string): boolean =>
  isSessionEvent(event) || (event === TEST_EVENT && webhook.events.some(isSessionEvent));

/**
 * Creates what signs the webhooks of session events, and sends them again after a failure. Strapi's own
 * `run` sends each try, and all other webhooks.
 */
export const createSignedWebhooks = (dependencies: Dependencies) => {
  const retries = createRetries(PAUSES, LIMIT);

  return {
    /** Replaces `run` of Strapi's runner. */
    start(): void {
      const runner = dependencies.strapi.get('webhookRunner') as WebhookRunner;
      const run = runner.run.bind(runner);
      const deliver = createDeliver(runner, retries, dependencies);
      runner.run = (webhook, event, info) =>
        (isSigned(webhook, event) ? deliver : run)(webhook, event, info);
    },
    stop: retries.stop,
  };
};
