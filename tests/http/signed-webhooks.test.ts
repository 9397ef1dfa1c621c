import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAdmin } from '../helpers/admins';
import { startServer, type TestServer } from '../helpers/server';
import { BODY_TRANSPORT, createUser, login } from '../helpers/users';

const [OLD_SECRET, NEW_SECRET] = [1, 2].map(() => `whsec_${randomBytes(32).toString('base64')}`);

/** What a receiver got: the path, and the event if its signature is right. */
const deliveries: [path: string | undefined, event: unknown][] = [];

const verify = async (request: IncomingMessage): Promise<unknown> =>
  new Webhook(NEW_SECRET ?? '').verify(
    await text(request),
    request.headers as Record<string, string>,
  );

/** Responds with 204 to what it can verify; at `/moved` with a redirect. */
const receiver = createServer(async (request, response) => {
  const event = await verify(request).catch((error: Error) => error.message);
  deliveries.push([request.url, event]);
  if (request.url === '/moved') response.writeHead(302, { Location: '/elsewhere' });
  else response.writeHead(typeof event === 'string' ? 401 : 204);
  response.end();
});

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ WEBHOOK_SECRET: `${OLD_SECRET},${NEW_SECRET}` });
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => void receiver.close());

describe('A webhook of a session event, with WEBHOOK_SECRET', () => {
  it('can be verified by its receiver, follows no redirect, and is given up when the server stops', async () => {
    const { headers } = await createAdmin(server);
    const { port } = receiver.address() as AddressInfo;
    for (const name of ['here', 'moved']) {
      await server
        .request()
        .post('/admin/webhooks')
        .set(headers)
        .send({
          ...{ name, url: `http://127.0.0.1:${port}/${name}`, headers: {} },
          events: ['session.revoked'],
        })
        .expect(201);
    }
    const user = await createUser(server);
    const { refreshToken } = await login(server, user, BODY_TRANSPORT);

    await server.request().post('/api/auth/logout').send({ refreshToken }).expect(200);

    await vi.waitFor(() => expect(deliveries).toHaveLength(2), { timeout: 10_000 });
    await server.stop();
    const event = {
      event: 'session.revoked',
      createdAt: expect.any(String),
      userId: user.id,
      sessionId: expect.any(String),
      reason: 'logout',
      deviceName: null,
      ipAddress: '127.0.0.1',
    };
    expect(deliveries).toStrictEqual([
      ['/here', event],
      ['/moved', event],
    ]);
    await vi.waitFor(() =>
      expect(server.log.filter((line) => line.includes('Webhook not delivered'))).toEqual([
        expect.stringMatching(
          /^warn: .*session\.revoked.* to webhook \d+ as msg_\S+: status 302 at try 1, and the server is stopping/,
        ),
      ]),
    );
  });
});
