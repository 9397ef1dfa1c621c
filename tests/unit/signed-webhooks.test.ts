import { createRequire } from 'node:module';
import path from 'node:path';
import type { Core, Modules } from '@strapi/strapi';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWebhookSigner } from '../../src/extensions/users-permissions/refresh-tokens/core/webhook-signature';
import { createSignedWebhooks } from '../../src/extensions/users-permissions/refresh-tokens/strapi/signed-webhooks';
import { projectRoot } from '../helpers/paths';

const SECRETS = ['a', 'b'].map((letter) => Buffer.alloc(32, letter).toString('base64'));

/** Strapi's own: the tests are about what it sends with our changes. */
const createWebhookRunner = createRequire(import.meta.url)(
  path.join(projectRoot, 'node_modules/@strapi/core/dist/services/webhook-runner.js'),
) as (options: object) => Modules.WebhookRunner.WebhookRunner;

const alarm: Modules.WebhookStore.Webhook = {
  id: '3',
  name: 'Alarm',
  url: 'https://hooks.example.com/secret-path',
  headers: { 'X-Alarm-Key': 'open-sesame' },
  events: ['session.revoked'],
  isEnabled: true,
};
const revoked = { userId: 7, sessionId: 'a-session-id', reason: 'logout' };

const verify = (secret: string | undefined, { headers, body }: Delivery): unknown =>
  new Webhook(`whsec_${secret}`).verify(body, headers);

interface Delivery {
  /** Milliseconds since the test began. */
  readonly at: number;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Creates Strapi's runner with a receiver that responds with these statuses, or these errors. */
const createRunner = (responses: readonly (number | Error)[]) => {
  const start = Date.now();
  const deliveries: Delivery[] = [];
  const warnings: string[] = [];
  const receiver = async (url: string, init: RequestInit) => {
    const response = responses[deliveries.length] ?? 500;
    const headers: Record<string, string> = {};
    new Headers(init.headers).forEach((value, name) => {
      headers[name] = value;
    });
    deliveries.push({ at: Date.now() - start, url, headers, body: String(init.body) });
    if (response instanceof Error) throw response;
    return new Response(null, { status: response });
  };
  const runner = createWebhookRunner({
    eventHub: { on: () => undefined, off: () => undefined },
    fetch: receiver,
    logger: { error: (error: unknown) => warnings.push(String(error)) },
  });
  const webhooks = createSignedWebhooks({
    strapi: { get: () => runner, fetch: receiver } as unknown as Core.Strapi,
    sign: createWebhookSigner(SECRETS),
    now: Date.now,
    warn: (message) => warnings.push(message),
  });
  webhooks.start();
  runner.add(alarm);
  return {
    runner,
    deliveries,
    warnings,
    stop: webhooks.stop,
    emit: (info: object = revoked) =>
      runner.executeListener({ event: 'session.revoked', info: { ...info } }),
  };
};

const ANY_TIME = 60 * 60_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('createWebhookSigner', () => {
  it('makes the signature that the tests of Standard Webhooks have', () => {
    const sign = createWebhookSigner(['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']);

    expect(sign('msg_p5jXN8AQM9LWM0D4loKWxJek', '{"test": 2432232314}', 1_614_265_330_999)).toEqual(
      {
        'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        'webhook-timestamp': '1614265330',
        'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      },
    );
  });
});

describe('a webhook of a session event', () => {
  it('can be verified with each of the secrets, and with no other', async () => {
    const { emit, deliveries } = createRunner([204]);

    await emit();

    const [delivery] = deliveries as [Delivery];
    const event = { event: 'session.revoked', createdAt: new Date().toISOString(), ...revoked };
    for (const secret of SECRETS) expect(verify(secret, delivery)).toStrictEqual(event);
    expect(() => verify(Buffer.alloc(32, 'c').toString('base64'), delivery)).toThrow(
      'No matching signature',
    );
  });

  it('has the headers of the webhook, but for those of the signature', async () => {
    const { runner, emit, deliveries } = createRunner([204]);
    runner.update({ ...alarm, headers: { ...alarm.headers, 'Webhook-Id': 'my-own' } });

    await emit();

    const [delivery] = deliveries as [Delivery];
    expect(delivery.headers).toMatchObject({
      'x-alarm-key': 'open-sesame',
      'x-strapi-event': 'session.revoked',
      'webhook-id': expect.stringMatching(/^msg_[\w-]+$/),
    });
    verify(SECRETS[0], delivery);
  });

  it('is sent once when it is received, by each webhook with its own id', async () => {
    const { runner, emit, deliveries } = createRunner([200, 299]);
    runner.add({ ...alarm, id: '4' });

    await emit();
    await vi.advanceTimersByTimeAsync(ANY_TIME);

    expect(deliveries).toHaveLength(2);
    expect(new Set(deliveries.map(({ headers }) => headers['webhook-id'])).size).toBe(2);
  });
});

describe('a webhook of a session event that is not received', () => {
  it('is sent five times, with one id and body and a new signature, and then logged', async () => {
    const { emit, deliveries, warnings } = createRunner([500, 404, 302, 429, 503]);

    await emit();
    for (const seconds of [0, 5, 30, 120, 300]) {
      await vi.advanceTimersByTimeAsync(seconds * 1000);
      // It accepts no timestamp that is older than five minutes.
      verify(SECRETS[1], deliveries.at(-1) as Delivery);
    }
    await vi.advanceTimersByTimeAsync(ANY_TIME);

    expect(deliveries.map(({ at }) => at / 1000)).toEqual([0, 5, 35, 155, 455]);
    expect(new Set(deliveries.map(({ body }) => body)).size).toBe(1);
    const ids = new Set(deliveries.map(({ headers }) => headers['webhook-id']));
    expect(ids.size).toBe(1);
    expect(warnings).toEqual([
      'Webhook not delivered: session.revoked of session a-session-id to webhook 3 ' +
        `as ${[...ids][0]}: status 503 at try 5, and that was the last try`,
    ]);
  });

  it('is not sent again after it was received', async () => {
    const { emit, deliveries, warnings } = createRunner([500, new Error('away'), 200]);

    await emit();
    await vi.advanceTimersByTimeAsync(ANY_TIME);

    expect(deliveries).toHaveLength(3);
    expect(warnings).toEqual([]);
  });

  it.each([
    ['ECONNREFUSED', new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } })],
    ['TimeoutError', new DOMException('open-sesame', 'TimeoutError')],
    ['TypeError', new TypeError(`Failed to parse URL from ${alarm.url}: open-sesame`)],
  ])('is logged with %s, without its URL and headers', async (reason, error) => {
    const { emit, warnings } = createRunner(Array.from({ length: 5 }, () => error));

    await emit();
    await vi.advanceTimersByTimeAsync(ANY_TIME);

    expect(warnings).toEqual([expect.stringContaining(`: ${reason} at try 5, `)]);
    expect(warnings.join()).not.toMatch(/secret-path|open-sesame/);
  });

  it('is sent to where the webhook points by then', async () => {
    const { runner, emit, deliveries } = createRunner([500, 204]);
    await emit();

    runner.update({ ...alarm, url: 'https://new.example.com/' });
    await vi.advanceTimersByTimeAsync(ANY_TIME);

    expect(deliveries.map(({ url }) => url)).toEqual([alarm.url, 'https://new.example.com/']);
  });

  it.each<[string, (runner: Modules.WebhookRunner.WebhookRunner) => void]>([
    ['deleted', (runner) => runner.remove(alarm)],
    ['disabled', (runner) => runner.update({ ...alarm, isEnabled: false })],
  ])('is not sent again when the webhook is %s', async (_change, change) => {
    const { runner, emit, deliveries, warnings } = createRunner([]);
    await emit();

    change(runner);
    await vi.advanceTimersByTimeAsync(ANY_TIME);

    expect(deliveries).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  it('is given up at a stop, and keeps no process alive', async () => {
    const { emit, stop, deliveries, warnings } = createRunner([]);
    const setTimer = vi.spyOn(globalThis, 'setTimeout');
    await emit();

    expect(setTimer.mock.results.map(({ value }) => value.hasRef())).toEqual([false]);
    stop();
    await emit();
    await vi.advanceTimersByTimeAsync(ANY_TIME);

    expect(deliveries).toHaveLength(2);
    expect(warnings).toEqual(
      Array(2).fill(expect.stringMatching(/: status 500 at try 1, and the server is stopping$/)),
    );
  });

  it('is given up when a thousand wait', async () => {
    const { emit, deliveries, warnings } = createRunner([]);

    for (let count = 0; count < 1001; count += 1) await emit();
    expect(warnings).toEqual([expect.stringContaining('1000 others are waiting')]);
    await vi.advanceTimersByTimeAsync(5000);

    expect(deliveries).toHaveLength(1001 + 1000);
  });
});

describe('other webhooks', () => {
  it('of an entry are sent once and without a signature', async () => {
    const { runner, deliveries, warnings } = createRunner([]);
    runner.add({ ...alarm, events: ['entry.create'] });

    await runner.executeListener({ event: 'entry.create', info: { model: 'note' } });
    await vi.advanceTimersByTimeAsync(ANY_TIME);

    const [delivery] = deliveries as [Delivery];
    expect(deliveries).toHaveLength(1);
    expect(delivery.headers['x-strapi-event']).toBe('entry.create');
    expect(delivery.headers).not.toHaveProperty('webhook-signature');
    expect(warnings).toEqual([]);
  });

  it.each([
    ['signed for a webhook of sessions', ['entry.create', 'session.revoked'], true],
    ['not signed for another webhook', ['entry.create'], false],
  ])('of the button "Trigger" are sent once, and %s', async (_name, events, isSigned) => {
    const { runner, deliveries, warnings } = createRunner([418]);

    const result = await runner.run({ ...alarm, events }, 'trigger-test', {});
    await vi.advanceTimersByTimeAsync(ANY_TIME);

    expect(result).toMatchObject({ statusCode: 418 });
    expect(deliveries.map(({ headers }) => 'webhook-signature' in headers)).toEqual([isSigned]);
    expect(warnings).toEqual([]);
  });
});
