import { appendFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAdmin } from '../helpers/admins';
import { compiledCopyWith } from '../helpers/compiled-copy';
import { startServer, type TestServer } from '../helpers/server';
import { createUser, login, BODY_TRANSPORT } from '../helpers/users';

/** Registered before the listeners of the extension, as those of other plugins can be. */
const FAILING_LISTENERS = `
exports.default.register = ({ strapi: { eventHub } }) => {
  for (const name of ['session.created', 'session.revoked']) {
    eventHub.on(name, () => { throw new Error('thrown by a listener'); });
    eventHub.on(name, async () => { throw new Error('rejected by a listener'); });
    eventHub.on(name, () => new Promise(() => {}));
  }
  eventHub.subscribe((name) => {
    if (name.startsWith('session.')) throw new Error('thrown by a subscriber');
    return Promise.resolve();
  });
};`;

const { distDir } = compiledCopyWith({});
let server: TestServer;
const deliveries: unknown[] = [];
const receiver = createServer((request, response) => {
  deliveries.push(request.headers['x-strapi-event']);
  response.end();
});

beforeAll(async () => {
  appendFileSync(path.join(distDir, 'src/index.js'), FAILING_LISTENERS);
  server = await startServer({}, { distDir });
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
});

afterAll(async () => {
  await server.stop();
  receiver.close();
});

const countLogins = async (): Promise<number> => {
  const rows = await server.strapi.db.query('plugin::users-permissions.session-tally').findMany();
  return rows.reduce((sum, { logins }) => sum + logins, 0);
};

describe('A listener that throws, rejects or never resolves', () => {
  it('silences no other listener, no subscriber, no webhook and no tally, and fails no request', async () => {
    const { eventHub } = server.strapi;
    const heard: string[] = [];
    const remove = eventHub.on('session.revoked', async () => void heard.push('listener'));
    const subscriber = async (name: string) => {
      if (name === 'session.revoked') heard.push('subscriber');
    };
    eventHub.subscribe(subscriber);
    const { port } = receiver.address() as AddressInfo;
    await server
      .request()
      .post('/admin/webhooks')
      .set((await createAdmin(server)).headers)
      .send({
        ...{ name: 'Ended', url: `http://127.0.0.1:${port}/`, headers: {} },
        events: ['session.revoked'],
      })
      .expect(201);

    const logOut = async () => {
      const { refreshToken } = await login(server, await createUser(server), BODY_TRANSPORT);
      await server.request().post('/api/auth/logout').send({ refreshToken }).expect(200);
    };
    await logOut();

    await vi.waitFor(() => expect(deliveries).toEqual(['session.revoked']));
    expect(heard).toEqual(['listener', 'subscriber']);
    await vi.waitFor(async () => expect(await countLogins()).toBe(1));
    const faults = server.log.filter((line) => line.includes('by a listener'));
    expect(faults.map((line) => /(thrown|rejected) by a listener/.exec(line)?.[1]).sort()).toEqual([
      ...['rejected', 'rejected', 'thrown', 'thrown'],
    ]);

    remove();
    eventHub.unsubscribe(subscriber);
    await logOut();

    await vi.waitFor(() => expect(deliveries).toHaveLength(2));
    expect(heard).toEqual(['listener', 'subscriber']);
  });

  it('fails as before at events that are not of sessions', async () => {
    const remove = server.strapi.eventHub.on('own.event', () => Promise.reject(new Error('own')));

    await expect(server.strapi.eventHub.emit('own.event')).rejects.toThrow('own');
    remove();
    await server.strapi.eventHub.emit('own.event');
  });
});
