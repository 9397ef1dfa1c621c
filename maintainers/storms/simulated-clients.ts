import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { openBrowser, type Answer, type Site } from '../helpers/browser-client';
import { createLedger } from './ledger';

/** What was seen in one storm. Lists, where one entry is one too many. */
export interface Report {
  requests: number;
  refreshes: number;
  /** Refreshes from four tabs at once. */
  parallelBursts: number;
  /** Answers with a 5xx. */
  serverErrors: number;
  /** Requests that no whole answer came back to. */
  lostAnswers: number;
  /** What clients heard that did nothing wrong and were sent away, and how many did. */
  honestLogouts: Record<string, number>;
  /** Sessions and generations with two successors. */
  forks: string[];
}

/** Honest people, each with a browser, all logged in. */
export interface SimulatedClients {
  /** All refresh again and again while something goes on; whoever gets no answer tries again. */
  storm(goesOn: () => Promise<unknown>): Promise<Report>;
  /** Every one of them refreshes once and is let in, at the first try. */
  expectAllLoggedIn(): Promise<void>;
  /** The newest generation that anybody was handed, by session. */
  newestGenerations(): Map<string, number>;
  /** All close their browsers. */
  leave(): void;
}

interface Visitor {
  /** Refreshes from so many tabs at once. */
  refresh(tabs?: number): Promise<void>;
  fetchOwnAccount(): Promise<void>;
  readonly isLoggedOut: boolean;
  close(): void;
}

interface Post {
  readonly tabs?: number;
  readonly body?: object;
}

/** Between two refreshes of one browser, on average. In milliseconds. */
const PACE = 1500;
const TABS = 4;
const BURST_PROBABILITY = 0.25;
const RETRY_PAUSE = 250;
/** How long somebody tries before giving up; no fault of these tests lasts as long. */
const PATIENCE = 60_000;
/** Registrations at a time: each hashes a password. */
const REGISTRATIONS = 8;

const emptyReport = (): Report => ({
  requests: 0,
  refreshes: 0,
  parallelBursts: 0,
  serverErrors: 0,
  lostAnswers: 0,
  honestLogouts: {},
  forks: [],
});

const times = <Result>(count: number, run: () => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: count }, run));

/** Registers people at a site, each in a browser of their own. */
export const startSimulatedClients = async (site: Site, size: number): Promise<SimulatedClients> => {
  const ledger = createLedger();
  let report = emptyReport();

  /** One request; null where it met a fault. */
  const attempt = async (send: () => Promise<Answer>): Promise<Answer | null> => {
    report.requests += 1;
    const answer = await send().catch(() => null);
    if (answer && answer.status < 500) return answer;
    if (answer) report.serverErrors += 1;
    else report.lostAnswers += 1;
    return null;
  };

  /**
   * Sends a request from several tabs at once, and again from those that met a fault. They try
   * again when every tab has heard something: a token may be one rotation late, not two.
   */
  const ask = async (tabs: number, send: () => Promise<Answer>): Promise<Answer[]> => {
    const answers: Answer[] = [];
    const patienceEnds = Date.now() + PATIENCE;
    for (;;) {
      const attempts = await times(tabs - answers.length, () => attempt(send));
      answers.push(...attempts.filter((answer) => answer !== null));
      if (answers.length === tabs) return answers;
      if (Date.now() > patienceEnds) throw new Error(`No answer within ${PATIENCE} ms`);
      await pause(RETRY_PAUSE * (0.5 + Math.random()));
    }
  };

  const arrive = async (): Promise<Visitor> => {
    const browser = openBrowser(site);
    const username = `visitor-${randomUUID()}`;
    let accessToken = '';
    let isLoggedOut = false;

    const letIn = ({ status, body, refreshToken }: Answer, path: string): boolean => {
      if (status === 200) {
        if (refreshToken) ledger.note(refreshToken);
        return true;
      }
      isLoggedOut = true;
      const heard = `${path}: ${status} ${JSON.stringify(body)}`;
      report.honestLogouts[heard] = (report.honestLogouts[heard] ?? 0) + 1;
      return false;
    };
    const post = async (path: string, { tabs = 1, body }: Post = {}): Promise<void> => {
      const answers = await ask(tabs, () => browser.post(path, body));
      for (const answer of answers) {
        if (letIn(answer, path)) accessToken = (answer.body as { jwt: string }).jwt;
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
        const answers = await ask(1, () => browser.get(path, headers));
        for (const answer of answers) {
          if (letIn(answer, path)) expect(answer.body).toMatchObject({ username });
        }
      },
      get isLoggedOut() {
        return isLoggedOut;
      },
      close: () => browser.close(),
    };
  };

  const live = async (visitor: Visitor, isOver: () => boolean): Promise<void> => {
    await pause(PACE * Math.random());
    while (!isOver() && !visitor.isLoggedOut) {
      await visitor.refresh(Math.random() < BURST_PROBABILITY ? TABS : 1);
      if (!visitor.isLoggedOut) await visitor.fetchOwnAccount();
      await pause(PACE * (0.5 + Math.random()));
    }
  };

  const visitors: Visitor[] = [];
  while (visitors.length < size) {
    visitors.push(...(await times(Math.min(REGISTRATIONS, size - visitors.length), arrive)));
  }
  expect(report).toEqual({ ...emptyReport(), requests: size });

  return {
    async storm(goesOn) {
      report = emptyReport();
      let isOver = false;
      const lives = visitors.map((visitor) => live(visitor, () => isOver));
      const end = goesOn().finally(() => {
        isOver = true;
      });
      await Promise.all([end, ...lives]);
      return { ...report, forks: ledger.forks() };
    },
    async expectAllLoggedIn() {
      report = emptyReport();
      for (const visitor of visitors) {
        await visitor.refresh();
        await visitor.fetchOwnAccount();
      }
      expect({ ...report, forks: ledger.forks() }).toEqual({
        ...emptyReport(),
        requests: 2 * size,
        refreshes: size,
      });
    },
    newestGenerations: ledger.newestGenerations,
    leave: () => {
      for (const visitor of visitors) visitor.close();
    },
  };
};
