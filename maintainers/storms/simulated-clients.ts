import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { openBrowser, type Answer, type Site } from '../helpers/browser-client';
import { createIssuedTokens } from './issued-tokens';

/** What the clients observed while they refreshed. */
export interface RefreshReport {
  requests: number;
  refreshes: number;
  /** How often a client refreshed from several tabs at once. */
  parallelBursts: number;
  /** Responses with a 5xx status. */
  serverErrors: number;
  /** Requests that got no complete response. */
  lostResponses: number;
  /** How often each refusal (path, status and body) occurred. No client sends a request that deserves one. */
  refusals: Record<string, number>;
  /** Generations of which two different tokens were issued: see `IssuedTokens`. */
  forks: string[];
}

/** Registered users, each logged in with a browser of its own. */
export interface SimulatedClients {
  /**
   * All clients refresh repeatedly until `run` has settled, and retry where they get no response or a 5xx.
   *
   * @param run gets a function that returns what the clients have observed so far
   * @throws when a client has retried for a minute
   */
  refreshDuring(run: (progress: () => RefreshReport) => Promise<unknown>): Promise<RefreshReport>;
  /** Expects that each client can refresh and fetch its account at the first attempt. */
  expectAllLoggedIn(): Promise<void>;
  /** Returns the newest issued generation by session id. */
  newestGenerations(): Map<string, number>;
  /** Closes all browsers. */
  close(): void;
}

interface SimulatedClient {
  /** Refreshes from this many tabs at once. */
  refresh(tabs?: number): Promise<void>;
  fetchOwnAccount(): Promise<void>;
  /** Whether a request of this client was refused. */
  readonly isLoggedOut: boolean;
  close(): void;
}

interface Post {
  readonly tabs?: number;
  readonly body?: object;
}

/** The average pause of a client between two refreshes, in milliseconds. */
const REFRESH_INTERVAL = 1500;
const TABS = 4;
const BURST_PROBABILITY = 0.25;
const RETRY_PAUSE = 250;
/** How long a client retries, in milliseconds. Every fault of these tests is shorter. */
const RETRY_TIMEOUT = 60_000;
/** How many clients register at once: each registration hashes a password. */
const PARALLEL_REGISTRATIONS = 8;

const emptyReport = (): RefreshReport => ({
  requests: 0,
  refreshes: 0,
  parallelBursts: 0,
  serverErrors: 0,
  lostResponses: 0,
  refusals: {},
  forks: [],
});

const times = <Result>(count: number, run: () => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: count }, run));

/** Registers users at a site, each in a browser of its own. */
export const startSimulatedClients = async (
  site: Site,
  count: number,
): Promise<SimulatedClients> => {
  const issuedTokens = createIssuedTokens();
  let report = emptyReport();

  /** Sends one request. Resolves to null where it gets no response or a 5xx. */
  const attempt = async (send: () => Promise<Answer>): Promise<Answer | null> => {
    report.requests += 1;
    const response = await send().catch(() => null);
    if (response && response.status < 500) return response;
    if (response) report.serverErrors += 1;
    else report.lostResponses += 1;
    return null;
  };

  /**
   * Sends a request from several tabs at once, and retries for the tabs that got no response or a 5xx. The
   * retries start only when every tab has its result: a token may be one rotation old, but not two.
   */
  const sendFromTabs = async (tabs: number, send: () => Promise<Answer>): Promise<Answer[]> => {
    const responses: Answer[] = [];
    const deadline = Date.now() + RETRY_TIMEOUT;
    for (;;) {
      const attempts = await times(tabs - responses.length, () => attempt(send));
      responses.push(...attempts.filter((response) => response !== null));
      if (responses.length === tabs) return responses;
      if (Date.now() > deadline) throw new Error(`No response within ${RETRY_TIMEOUT} ms`);
      await pause(RETRY_PAUSE * (0.5 + Math.random()));
    }
  };

  const registerClient = async (): Promise<SimulatedClient> => {
    const browser = openBrowser(site);
    const username = `user-${randomUUID()}`;
    let accessToken = '';
    let isLoggedOut = false;

    /** Records the refresh token or the refusal; returns whether the request succeeded. */
    const record = ({ status, body, refreshToken }: Answer, path: string): boolean => {
      if (status === 200) {
        if (refreshToken) issuedTokens.add(refreshToken);
        return true;
      }
      isLoggedOut = true;
      const refusal = `${path}: ${status} ${JSON.stringify(body)}`;
      report.refusals[refusal] = (report.refusals[refusal] ?? 0) + 1;
      return false;
    };
    const post = async (path: string, { tabs = 1, body }: Post = {}): Promise<void> => {
      const responses = await sendFromTabs(tabs, () => browser.post(path, body));
      for (const response of responses) {
        if (record(response, path)) accessToken = (response.body as { jwt: string }).jwt;
      }
    };

    const email = `${username}@example.com`;
    const body = { username, email, password: 'correct-horse' };
    await post('/api/auth/local/register', { body });
    return {
      async refresh(tabs = 1) {
        report.refreshes += tabs;
        if (tabs > 1) report.parallelBursts += 1;
        await post('/api/token/refresh', { tabs });
      },
      async fetchOwnAccount() {
        const path = '/api/users/me';
        const headers = { Authorization: `Bearer ${accessToken}` };
        const responses = await sendFromTabs(1, () => browser.get(path, headers));
        for (const response of responses) {
          if (record(response, path)) expect(response.body).toMatchObject({ username });
        }
      },
      get isLoggedOut() {
        return isLoggedOut;
      },
      close: () => browser.close(),
    };
  };

  const refreshUntil = async (client: SimulatedClient, isOver: () => boolean): Promise<void> => {
    await pause(REFRESH_INTERVAL * Math.random());
    while (!isOver() && !client.isLoggedOut) {
      await client.refresh(Math.random() < BURST_PROBABILITY ? TABS : 1);
      if (!client.isLoggedOut) await client.fetchOwnAccount();
      await pause(REFRESH_INTERVAL * (0.5 + Math.random()));
    }
  };

  const clients: SimulatedClient[] = [];
  while (clients.length < count) {
    const size = Math.min(PARALLEL_REGISTRATIONS, count - clients.length);
    clients.push(...(await times(size, registerClient)));
  }
  expect(report).toEqual({ ...emptyReport(), requests: count });

  return {
    async refreshDuring(run) {
      report = emptyReport();
      let isOver = false;
      const refreshing = clients.map((client) => refreshUntil(client, () => isOver));
      const running = run(() => report).finally(() => {
        isOver = true;
      });
      await Promise.all([running, ...refreshing]);
      return { ...report, forks: issuedTokens.forks() };
    },
    async expectAllLoggedIn() {
      report = emptyReport();
      for (const client of clients) {
        await client.refresh();
        await client.fetchOwnAccount();
      }
      expect({ ...report, forks: issuedTokens.forks() }).toEqual({
        ...emptyReport(),
        requests: 2 * count,
        refreshes: count,
      });
    },
    newestGenerations: issuedTokens.newestGenerations,
    close: () => {
      for (const client of clients) client.close();
    },
  };
};
