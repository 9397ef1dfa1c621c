import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import isPlainObject from 'lodash/isPlainObject';
import mapValues from 'lodash/mapValues';
import omit from 'lodash/omit';
import type { Response } from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusal } from '../../tests/helpers/responses';
import { projectRoot } from '../../tests/helpers/paths';
import { cookieOf, setCookieHeadersOf, COOKIE_TRANSPORT } from '../../tests/helpers/users';
import { startStockServer, type TestServer } from '../../tests/helpers/server';
import { withServer } from '../../tests/helpers/suite';

/*
 * Sends the same requests to Strapi in its own refresh mode and to this project in body transport, as docs/moving.md
 * describes it. The responses have to be the same, except for the differences that are listed there.
 */

type Server = Pick<TestServer, 'request'>;

/** The parts of a response that are the same each time. */
interface ComparedResponse {
  readonly status: number;
  /** The body of a refusal; otherwise the types of the values in the body. */
  readonly body: unknown;
  /** Whether a refresh token was set as a cookie. */
  readonly setsCookie: boolean;
}

/** Responses by the names of their requests. */
type Responses = Record<string, ComparedResponse>;

const shapeOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (isPlainObject(value)) return mapValues(value as object, shapeOf);
  return value === null ? null : typeof value;
};

const compared = (response: Response): ComparedResponse => ({
  status: response.status,
  // Strapi has no codes.
  body: response.status < 400 ? shapeOf(response.body) : omit(response.body, 'error.details.code'),
  setsCookie: setCookieHeadersOf(response).some((line) => line.includes('=eyJ')),
});

/** How a client receives and sends its refresh token. */
interface Transport {
  readonly headers: Record<string, string>;
  /** Returns what it sends to refresh after this response. */
  tokenOf(response: Response): { headers: Record<string, string>; body: object };
}

const BY_BODY: Transport = {
  headers: {},
  tokenOf: ({ body }) => ({ headers: {}, body: { refreshToken: body.refreshToken } }),
};

const BY_COOKIE: Transport = {
  headers: COOKIE_TRANSPORT,
  tokenOf: (response) => ({
    headers: { ...COOKIE_TRANSPORT, Cookie: cookieOf(response) },
    body: {},
  }),
};

/** Sends every request that a client of Strapi's refresh mode sends, and collects the responses. */
const sendAll = async (server: Server, { headers, tokenOf }: Transport): Promise<Responses> => {
  const responses: Responses = {};
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
    responses[name] = compared(response);
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

  const username = `user-${randomUUID()}`;
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

  const authorized = { Authorization: `Bearer ${body.jwt}` };
  await call('call the API', { method: 'GET', path: '/users/me', headers: authorized });
  const list = await call('list sessions', {
    method: 'GET',
    path: '/auth/sessions',
    headers: authorized,
  });
  const other = list.body.data.find(({ current }: { current: boolean }) => !current);
  await call('end another session', {
    method: 'DELETE',
    path: `/auth/sessions/${other.id}`,
    headers: authorized,
  });
  await call('end a session that does not exist', {
    method: 'DELETE',
    path: '/auth/sessions/unknown',
    headers: authorized,
  });
  await call('log out with nothing', { path: '/auth/logout', body: {} });

  await call('change the password', {
    path: '/auth/change-password',
    headers: authorized,
    body: {
      currentPassword: password,
      password: 'battery-staple',
      passwordConfirmation: 'battery-staple',
    },
  });
  await call('call the API after the password was changed', {
    method: 'GET',
    path: '/users/me',
    headers: authorized,
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
  return responses;
};

const USER = {
  ...{ id: 'number', documentId: 'string', username: 'string', email: 'string' },
  ...{ provider: 'string', confirmed: 'boolean', blocked: 'boolean' },
  ...{ createdAt: 'string', updatedAt: 'string', publishedAt: 'string' },
};

/** A response with a refresh token in the transport that the client asked for. */
const withTokens = (transport: Transport, body: object): ComparedResponse =>
  transport === BY_COOKIE
    ? { status: 200, body, setsCookie: true }
    : { status: 200, body: { ...body, refreshToken: 'string' }, setsCookie: false };

const refused = (status: number, message: string): ComparedResponse => ({
  status,
  body: refusal(status, message),
  setsCookie: false,
});

/** The responses of this project that differ from Strapi's: docs/moving.md lists them by the same names. */
const differences = (transport: Transport): Responses => {
  const login = withTokens(transport, { status: 'string', jwt: 'string', user: USER });
  const refreshed = withTokens(transport, { jwt: 'string' });
  const session = {
    ...{ id: 'string', deviceName: null, userAgent: null, ipAddress: 'string' },
    ...{ loginAt: 'string', lastUsedAt: 'string', expiresAt: 'string' },
    ...{ impersonatedBy: null, current: 'boolean' },
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

/** The first column of the table of differences: each cell has one name or several, separated by semicolons. */
const documentedDifferences = (DOCUMENT.split('\n### What is different\n')[1] ?? '')
  .split('\n## ')[0]
  ?.split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)
  .flatMap((line) => line.slice(2).split(' | ')[0]?.trim().split('; '));

const TRANSPORTS: [string, Transport][] = [
  ['the body', BY_BODY],
  ['a cookie', BY_COOKIE],
];

describe('A client of the refresh mode of Strapi', () => {
  const strapi = new Map<Transport, Responses>();
  const project = new Map<Transport, Responses>();

  // Strapi first: what the extension adds to the plugin stays there as long as the process runs.
  beforeAll(async () => {
    const stock = await startStockServer();
    try {
      for (const [, transport] of TRANSPORTS)
        strapi.set(transport, await sendAll(stock, transport));
    } finally {
      await stock.stop();
    }
    await withServer({ REFRESH_TOKEN_TRANSPORT: 'body' }, async (server) => {
      for (const [, transport] of TRANSPORTS)
        project.set(transport, await sendAll(server, transport));
    });
  });

  it.each(TRANSPORTS)(
    'with its refresh token in %s gets the same responses, except for the documented differences',
    (_name, transport) => {
      expect(project.get(transport)).toEqual({
        ...strapi.get(transport),
        ...differences(transport),
      });
    },
  );

  it.each(TRANSPORTS)(
    'with its refresh token in %s gets another response for every documented difference',
    (_name, transport) => {
      for (const name of Object.keys(differences(transport))) {
        expect(project.get(transport)?.[name], name).not.toEqual(strapi.get(transport)?.[name]);
      }
    },
  );
});

it('docs/moving.md lists exactly these differences', () => {
  expect(documentedDifferences?.sort()).toEqual(Object.keys(differences(BY_BODY)).sort());
});
