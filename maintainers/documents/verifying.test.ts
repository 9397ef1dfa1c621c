import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forgeToken } from '../../tests/helpers/forge';
import { ecKeys } from '../../tests/helpers/keys';
import { createBuiltProject, freePort } from '../../tests/helpers/process';
import { startProgram, waitUntilReady, type Program } from '../../tests/helpers/program';
import { portOf } from '../../tests/helpers/server';
import { useServer } from '../../tests/helpers/suite';
import { claimsOf, createUser, login } from '../../tests/helpers/users';
import { documentedBlocks } from '../helpers/documented-blocks';

const server = useServer({
  ACCESS_TOKEN_PRIVATE_KEY: ecKeys().privatePem,
  ACCESS_TOKEN_ISSUER: 'https://api.example.com',
  ACCESS_TOKEN_AUDIENCE: 'orders',
});

/** Writes the code of a section into a folder in which Node finds `jose`. Returns the file. */
const writeBlock = (title: string, name: string): string => {
  const [code = ''] = documentedBlocks('docs/verifying.md', title, 'js');
  const file = path.join(createBuiltProject(), name);
  writeFileSync(file, code);
  return file;
};

/** The answer of another service to a request with this header. */
interface Answer {
  readonly status: number;
  readonly text: string;
}
type Ask = (authorization?: string) => Promise<Answer>;

const toAnswer = async (response: Response): Promise<Answer> => ({
  status: response.status,
  text: await response.text(),
});

interface Worker {
  fetch(request: Request, env: { readonly API_URL: string }): Promise<Response>;
}

const loadWorker = async (): Promise<Worker> => {
  const { href } = pathToFileURL(writeBlock('An edge worker', 'worker.mjs'));
  return ((await import(/* @vite-ignore */ href)) as { default: Worker }).default;
};

const workerAsk =
  (worker: Worker, API_URL: string): Ask =>
  async (authorization = '') => {
    const request = new Request('https://orders.example.com/', {
      headers: { Authorization: authorization },
    });
    return toAnswer(await worker.fetch(request, { API_URL }));
  };

const programs: Program[] = [];

/** Starts the Node service. */
const startService = async (API_URL: string): Promise<Ask> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const program = startProgram(process.execPath, [writeBlock('A Node service', 'service.mjs')], {
    cwd: '/',
    env: { PATH: process.env.PATH, PORT: String(port), API_URL },
  });
  programs.push(program);
  const isReady = () =>
    fetch(url).then(
      () => true,
      () => false,
    );
  await waitUntilReady('The service', program, isReady, 10_000);
  return async (authorization = '') =>
    toAnswer(await fetch(url, { headers: { Authorization: authorization } }));
};

afterAll(async () => {
  for (const program of programs) await program.stop('SIGTERM');
});

describe.each(['A Node service', 'An edge worker'])('docs/verifying.md: %s', (title) => {
  const start = async (url: string): Promise<Ask> =>
    title === 'A Node service' ? startService(url) : workerAsk(await loadWorker(), url);
  let ask: Ask;

  beforeAll(async () => {
    ask = await start(`http://127.0.0.1:${portOf(server)}`);
  });

  it('accepts an access token, and knows its user', async () => {
    const user = await createUser(server);
    const { accessToken } = await login(server, user);

    expect(await ask(`Bearer ${accessToken}`)).toEqual({
      status: 200,
      text: JSON.stringify({ user: user.id }),
    });
  });

  it('refuses a refresh token, a forged one, one without a key, and none', async () => {
    const { accessToken, refreshToken } = await login(server, await createUser(server));
    const payload = claimsOf(accessToken);
    const forged = [
      forgeToken({ payload, secret: process.env.JWT_SECRET }),
      forgeToken({ header: { alg: 'none' }, payload }),
      `${accessToken.slice(0, -4)}AAAA`,
    ];

    for (const token of [refreshToken, ...forged, 'garbage', '']) {
      expect((await ask(`Bearer ${token}`)).status).toBe(401);
    }
    expect((await ask()).status).toBe(401);
  });

  it('answers with 503 while the keys cannot be fetched', async () => {
    const { accessToken } = await login(server, await createUser(server));
    const lost = await start(`http://127.0.0.1:${await freePort()}`);

    expect((await lost(`Bearer ${accessToken}`)).status).toBe(503);
  });
});
