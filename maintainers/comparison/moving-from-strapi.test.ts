import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import isPlainObject from 'lodash/isPlainObject';
import mapValues from 'lodash/mapValues';
import type { Response } from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusal } from '../../tests/helpers/responses';
import { projectRoot } from '../../tests/helpers/paths';
import { cookieOf, setCookieHeadersOf, COOKIE_TRANSPORT } from '../../tests/helpers/users';
import { startStockServer, type TestServer } from '../../tests/helpers/server';
import { withServer } from '../../tests/helpers/suite';

/*
 * The same requests to Strapi in its own refresh mode and to this project, set up as docs/moving.md
 * says. What is not listed there as different has to be the same.
 */

type Server = Pick<TestServer, 'request'>;

/** An answer, as far as it does not differ from one call to the next. */
interface Seen {
  readonly status: number;
  /** Of a refusal the very body, of any other the types of what is in it. */
  readonly body: unknown;
  /** Whether a refresh token was set as a cookie. */
  readonly setsCookie: boolean;
}

type Answers = Record<string, Seen>;

const shapeOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (isPlainObject(value)) return mapValues(value as object, shapeOf);
  return value === null ? null : typeof value;
};

const seenIn = (response: Response): Seen => ({
  status: response.status,
  body: response.status < 400 ? shapeOf(response.body) : response.body,
  setsCookie: setCookieHeadersOf(response).some((line) => line.includes('=eyJ')),
});

/** How a client keeps its refresh token. */
interface Way {
  readonly headers: Record<string, string>;
  /** What it sends to refresh, after this answer. */
  tokenOf(response: Response): { headers: Record<string, string>; body: object };
}

const BY_BODY: Way = {
  headers: {},
  tokenOf: ({ body }) => ({ headers: {}, body: { refreshToken: body.refreshToken } }),
};

const BY_COOKIE: Way = {
  headers: COOKIE_TRANSPORT,
  tokenOf: (response) => ({
    headers: { ...COOKIE_TRANSPORT, Cookie: cookieOf(response) },
    body: {},
  }),
};

/** Everything that a client of Strapi's refresh mode sends, with what it gets. */
const callEverything = async (server: Server, { headers, tokenOf }: Way): Promise<Answers> => {
  const answers: Answers = {};
  const call = async (
    name: string,
    {
      method = 'POST',
      path: url,
      ...sent
    }: {
      method?: 'GET' | 'POST' | 'DELETE';
      path: string;
      body?: object;
      headers?: Record<string, string>;
    },
  ): Promise<Response> => {
    const request = server.request();
    const send = { GET: request.get, POST: request.post, DELETE: request.delete }[method];
    const pending = send.call(request, `/api${url}`).set({ ...headers, ...sent.headers });
    const response = await (sent.body ? pending.send(sent.body) : pending);
    answers[name] = seenIn(response);
    return response;
  };
  const refresh = (name: string, from: Response, more: Record<string, string> = {}) => {
    const token = tokenOf(from);
    return call(name, {
      path: '/auth/refresh',
      body: token.body,
      headers: { ...token.headers, ...more },
    });
  };
  const bearer = ({ body }: Response) => ({ Authorization: `Bearer ${body.jwt}` });

  const username = `person-${randomUUID()}`;
  const password = 'correct-horse';
  const credentials = { identifier: username, password };
  const registration = { username, email: `${username}@example.com`, password };

  await call('register', { path: '/auth/local/register', body: registration });
  const first = await call('login', { path: '/auth/local', body: credentials });
  await call('login with a device id', {
    path: '/auth/local',
    body: { ...credentials, deviceId: 'my-phone' },
  });
  await call('login with a wrong password', {
    path: '/auth/local',
    body: { ...credentials, password: 'wrong' },
  });

  const second = await refresh('refresh', first);
  await refresh('refresh with the token before, at once', first);
  const { body } = await call('login again', { path: '/auth/local', body: credentials });
  await refresh('refresh with a stale Authorization header', second, {
    Authorization: 'Bearer stale',
  });
  await call('refresh with nothing', { path: '/auth/refresh', body: {} });
  await call('refresh with garbage', { path: '/auth/refresh', body: { refreshToken: 'garbage' } });

  const who = { Authorization: `Bearer ${body.jwt}` };
  await call('call the API', { method: 'GET', path: '/users/me', headers: who });
  const list = await call('list sessions', { method: 'GET', path: '/auth/sessions', headers: who });
  const other = list.body.data.find(({ current }: { current: boolean }) => !current);
  await call('end another session', {
    method: 'DELETE',
    path: `/auth/sessions/${other.id}`,
    headers: who,
  });
  await call('end a session that there is not', {
    method: 'DELETE',
    path: '/auth/sessions/unknown',
    headers: who,
  });
  await call('log out with nothing', { path: '/auth/logout', body: {} });

  await call('change the password', {
    path: '/auth/change-password',
    headers: who,
    body: {
      currentPassword: password,
      password: 'battery-staple',
      passwordConfirmation: 'battery-staple',
    },
  });
  await call('call the API after the password was changed', {
    method: 'GET',
    path: '/users/me',
    headers: who,
  });
  const last = await call('login with the new password', {
    path: '/auth/local',
    body: { ...credentials, password: 'battery-staple' },
  });
  await call('log out', { path: '/auth/logout', headers: bearer(last), body: {} });
  await refresh('refresh after logging out', last);
  await call('call the API after logging out', {
    method: 'GET',
    path: '/users/me',
    headers: bearer(last),
  });
  return answers;
};

const USER = {
  ...{ id: 'number', documentId: 'string', username: 'string', email: 'string' },
  ...{ provider: 'string', confirmed: 'boolean', blocked: 'boolean' },
  ...{ createdAt: 'string', updatedAt: 'string', publishedAt: 'string' },
};

/** An answer with a refresh token, the way that the client asked for. */
const withTokens = (way: Way, body: object): Seen =>
  way === BY_COOKIE
    ? { status: 200, body, setsCookie: true }
    : { status: 200, body: { ...body, refreshToken: 'string' }, setsCookie: false };

const refused = (status: number, message: string): Seen => ({
  status,
  body: refusal(status, message),
  setsCookie: false,
});

/** What this project answers differently: docs/moving.md lists the same, by the same names. */
const differences = (way: Way): Answers => {
  const login = withTokens(way, { status: 'string', jwt: 'string', user: USER });
  const refreshed = withTokens(way, { jwt: 'string' });
  const session = {
    ...{ id: 'string', deviceName: null, userAgent: null, ipAddress: 'string' },
    ...{ loginAt: 'string', lastUsedAt: 'string', expiresAt: 'string', current: 'boolean' },
  };
  return {
    register: login,
    login,
    'login again': login,
    'login with a device id': login,
    'login with the new password': login,
    'change the password': login,
    'refresh with the token before, at once': refreshed,
    'refresh with a stale Authorization header': refreshed,
    'list sessions': { status: 200, body: { data: [session] }, setsCookie: false },
    'log out with nothing': refused(401, 'Missing authentication'),
    'call the API after the password was changed': refused(401, 'Invalid credentials'),
    'call the API after logging out': refused(401, 'Invalid credentials'),
  };
};

const DOCUMENT = readFileSync(path.join(projectRoot, 'docs', 'moving.md'), 'utf8');

/** The first column of the table of differences: one name or several, with commas. */
const documentedDifferences = (DOCUMENT.split('\n### What is different\n')[1] ?? '')
  .split('\n## ')[0]
  ?.split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)
  .flatMap((line) => line.slice(2).split(' | ')[0]?.trim().split('; '));

const WAYS: [string, Way][] = [
  ['the body', BY_BODY],
  ['a cookie', BY_COOKIE],
];

describe('A client of the refresh mode of Strapi', () => {
  const theirs = new Map<Way, Answers>();
  const ours = new Map<Way, Answers>();

  // Strapi first: what the extension adds stays with the plugin for the life of the process.
  beforeAll(async () => {
    const stock = await startStockServer();
    try {
      for (const [, way] of WAYS) theirs.set(way, await callEverything(stock, way));
    } finally {
      await stock.stop();
    }
    await withServer({ REFRESH_TOKEN_TRANSPORT: 'body' }, async (server) => {
      for (const [, way] of WAYS) ours.set(way, await callEverything(server, way));
    });
  });

  it.each(WAYS)(
    'with its refresh token in %s gets the same answers, but for the differences that are told',
    (_name, way) => {
      expect(ours.get(way)).toEqual({ ...theirs.get(way), ...differences(way) });
    },
  );

  it.each(WAYS)(
    'with its refresh token in %s is told of no difference that there is not',
    (_name, way) => {
      for (const name of Object.keys(differences(way))) {
        expect(ours.get(way)?.[name], name).not.toEqual(theirs.get(way)?.[name]);
      }
    },
  );
});

it('docs/moving.md tells of these differences, and no other', () => {
  expect(documentedDifferences?.sort()).toEqual(Object.keys(differences(BY_BODY)).sort());
});
