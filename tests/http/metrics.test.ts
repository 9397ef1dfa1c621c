import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { newDatabase } from '../helpers/databases';
import { testEnvironment } from '../helpers/environment';
import { bearer, claimsOf, createUser, login, refresh, refreshByBody } from '../helpers/users';
import { spawnStrapi } from '../helpers/process';
import { useServer } from '../helpers/suite';

/** Returns a port that was free a moment ago, and a server that holds it until it is closed. */
const takePort = async () => {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, port: (server.address() as AddressInfo).port };
};

const freePort = async (): Promise<number> => {
  const { server, port } = await takePort();
  await once(server.close(), 'close');
  return port;
};

const METRICS_PORT = String(await freePort());
const readMetrics = () => fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`);

/** Returns the value of a metric with these labels; 0 when it is not there. */
const valueOf = async (name: string): Promise<number> => {
  const text = await (await readMetrics()).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.slice(name.length) ?? 0);
};

/** Returns by how much a function raises a metric. */
const increaseOf = async (name: string, run: () => Promise<unknown>): Promise<number> => {
  const before = await valueOf(name);
  await run();
  return (await valueOf(name)) - before;
};

describe('GET /metrics on METRICS_PORT', () => {
  const server = useServer({ METRICS_PORT, REFRESH_TOKEN_LEEWAY: '0s' });

  it('is in the text format of Prometheus, with the metrics of the process', async () => {
    const response = await readMetrics();

    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await response.text()).toMatch(/^process_resident_memory_bytes \d+/m);
  });

  it('counts a login, a logout, a reuse and its cause', async () => {
    const user = await createUser(server);
    const session = await login(server, user);
    const other = await login(server, user);

    expect(await increaseOf('sessions_created_total', () => login(server, user))).toBe(1);
    expect(
      await increaseOf('sessions_revoked_total{reason="logout"}', async () => {
        await server.request().post('/api/auth/logout').set(bearer(other)).expect(200);
      }),
    ).toBe(1);
    await refresh(server, session);
    expect(
      await increaseOf('session_reuses_detected_total', async () => {
        await refreshByBody(server, session.refreshToken).expect(401);
      }),
    ).toBe(1);
    expect(
      await increaseOf('refresh_tokens_refused_total{cause="session-revoked"}', async () => {
        await refreshByBody(server, session.refreshToken).expect(401);
      }),
    ).toBe(1);
  });

  it('measures requests by the pattern of their route', async () => {
    const { accessToken } = await login(server, await createUser(server));
    const { sessionId } = claimsOf(accessToken) as { sessionId: string };
    const count =
      'http_request_duration_seconds_count{method="DELETE",route="/api/auth/sessions/:sessionId",status="401"}';

    expect(
      await increaseOf(count, () => server.request().delete(`/api/auth/sessions/${sessionId}`)),
    ).toBe(1);
    expect(await (await readMetrics()).text()).not.toContain(sessionId);
  });

  it('counts purged sessions', async () => {
    const task = server.strapi.cron.jobs.find(({ name }) => name === 'purgeSessions');
    await task?.job?.invoke();

    expect(await valueOf('sessions_last_purge_timestamp_seconds')).toBeCloseTo(
      server.clock.now() / 1000,
      -1,
    );
  });

  it('has no other page', async () => {
    const response = await fetch(`http://127.0.0.1:${METRICS_PORT}/`);

    expect(response.status).toBe(404);
  });
});

describe('METRICS_PORT', () => {
  it('stops the boot when it is taken, and is named', async () => {
    const { server, port } = await takePort();
    const environment = testEnvironment(await newDatabase());

    const strapi = spawnStrapi({ ...environment, METRICS_PORT: String(port) });
    const code = await strapi.exited;
    server.close();

    expect(code).not.toBe(0);
    expect(strapi.output()).toMatch(/METRICS_PORT: .*EADDRINUSE/);
  });
});
