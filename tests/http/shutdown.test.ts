import { once } from 'node:events';
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dropDatabase, newDatabase } from '../helpers/databases';
import { testEnvironment } from '../helpers/environment';
import { startStrapi, type RunningStrapi } from '../helpers/process';

const LOGINS = 40;
const CREDENTIALS = { identifier: 'user@example.com', password: 'correct-horse' };

describe('A server that receives SIGTERM', () => {
  let database: Record<string, string> = {};
  let server: RunningStrapi;
  const open: { destroy(): unknown }[] = [];

  const start = async (variables: Record<string, string> = {}): Promise<void> => {
    server = await startStrapi({ ...testEnvironment(database), ...variables });
  };

  beforeEach(async () => {
    database = await newDatabase();
  });

  afterEach(async () => {
    for (const connection of open.splice(0)) connection.destroy();
    await server.stop();
    await dropDatabase(database);
  });

  const post = (path: string, body: object): Promise<Response> =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'x-strapi-refresh-cookie': 'none' },
      body: JSON.stringify(body),
    });

  const connectToServer = async (): Promise<Socket> => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    open.push(socket);
    await once(socket, 'connect');
    // One that the server has not accepted yet is reset when it stops to listen.
    socket.on('error', () => undefined);
    return socket;
  };

  /** Opens a connection, gets a response, and leaves the connection open. */
  const openIdleConnection = async (): Promise<Socket> => {
    const socket = await connectToServer();
    socket.write('GET /_health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(chunk.toString()).toContain('Connection: keep-alive');
    return socket;
  };

  /** Sends the headers of a login and waits until the server has read them, but sends no body. */
  const startUnfinishedLogin = async (): Promise<Socket> => {
    const socket = await connectToServer();
    socket.write(
      'POST /api/auth/local HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
        'Content-Length: 100\r\nExpect: 100-continue\r\n\r\n',
    );
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(chunk.toString()).toContain('100 Continue');
    return socket;
  };

  it('answers the requests in flight, and closes their connections', async () => {
    // Longer than forty logins take on a busy machine.
    await start({ SHUTDOWN_TIMEOUT: '2m' });
    const { identifier: email, password } = CREDENTIALS;
    const user = { username: 'user', email, password };
    expect((await post('/api/auth/local/register', user)).status).toBe(200);
    const agent = new Agent({ keepAlive: true });
    open.push(agent);
    /** Sends the headers of a login, and waits until the server has read them. */
    const startLogin = async (): Promise<ClientRequest> => {
      const message = request(`${server.url}/api/auth/local`, {
        agent,
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Expect: '100-continue' },
      });
      message.flushHeaders();
      await once(message, 'continue');
      return message;
    };
    const finishLogin = async (message: ClientRequest) => {
      message.end(JSON.stringify(CREDENTIALS));
      const [response] = (await once(message, 'response')) as [IncomingMessage];
      response.resume();
      await once(response, 'end');
      return { status: response.statusCode, connection: response.headers.connection };
    };

    const started = await Promise.all(Array.from({ length: LOGINS }, startLogin));
    const exited = server.terminate();
    const answers = await Promise.all(started.map(finishLogin));

    expect(answers.map(({ status }) => status)).toEqual(Array(LOGINS).fill(200));
    expect(answers.map(({ connection }) => connection)).toContain('close');
    expect(await exited).toBe(0);
    expect(server.output()).not.toContain('cut off');
  });

  it('closes idle connections and refuses new ones at once, while a request is in flight', async () => {
    await start({ SHUTDOWN_TIMEOUT: '10m' });
    const idle = await openIdleConnection();
    const unfinished = await startUnfinishedLogin();

    const exited = server.terminate();
    await once(idle, 'close');

    await vi.waitFor(() => expect(connectToServer()).rejects.toThrow('ECONNREFUSED'));
    expect(unfinished.closed).toBe(false);
    unfinished.write(JSON.stringify(CREDENTIALS).padEnd(100));
    const [chunk] = (await once(unfinished, 'data')) as [Buffer];
    expect(chunk.toString()).toMatch(/^HTTP\/1\.1 400 .*Connection: close/s);
    expect(await exited).toBe(0);
  });

  it('cuts off what has not ended after SHUTDOWN_TIMEOUT, and says so', async () => {
    await start({ SHUTDOWN_TIMEOUT: '1s' });
    const unfinished = await startUnfinishedLogin();
    const closed = once(unfinished, 'close');

    const before = performance.now();
    const exitCode = await server.terminate();

    expect(exitCode).toBe(0);
    expect(performance.now() - before).toBeGreaterThanOrEqual(1000);
    await closed;
    expect(server.output()).toContain(
      'SHUTDOWN_TIMEOUT is over: 1 requests did not end and are cut off',
    );
  });
});
