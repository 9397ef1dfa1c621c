import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAdmin } from '../../tests/helpers/admins';
import { environmentOf, envLines } from '../../tests/helpers/env-file';
import { createBuiltProject, freePort } from '../../tests/helpers/process';
import { startProgram, waitUntilReady, type Program } from '../../tests/helpers/program';
import { startServer, type TestServer } from '../../tests/helpers/server';
import { BODY_TRANSPORT, claimsOf, createUser, login } from '../../tests/helpers/users';
import { documentedBlocks } from '../helpers/documented-blocks';

const blocksIn = (language: string) =>
  documentedBlocks('docs/security.md', 'Signed webhooks', language);

let url: string;
let secret: string;
let receiver: Program;
let server: TestServer;

beforeAll(async () => {
  const [createSecret = ''] = blocksIn('sh');
  const [code = ''] = blocksIn('js');
  const folder = createBuiltProject();
  await promisify(execFile)('sh', ['-euc', createSecret], { cwd: folder });
  const lines = envLines(readFileSync(path.join(folder, '.env'), 'utf8'));
  secret = environmentOf(lines).WEBHOOK_SECRET ?? '';

  const port = await freePort();
  url = `http://127.0.0.1:${port}/`;
  writeFileSync(path.join(folder, 'receiver.mjs'), code);
  receiver = startProgram(process.execPath, ['receiver.mjs'], {
    cwd: folder,
    env: { PATH: process.env.PATH, PORT: String(port), WEBHOOK_SECRET: secret },
  });
  const isReady = () =>
    fetch(url).then(
      () => true,
      () => false,
    );
  await waitUntilReady('The receiver', receiver, isReady, 10_000);
  server = await startServer({ WEBHOOK_SECRET: secret });
});

afterAll(async () => {
  await server.stop();
  await receiver.stop('SIGTERM');
});

describe('the receiver in docs/security.md', () => {
  it('accepts a webhook of the server', async () => {
    await server
      .request()
      .post('/admin/webhooks')
      .set((await createAdmin(server)).headers)
      .send({ name: 'Ended', url, headers: {}, events: ['session.revoked'] })
      .expect(201);
    const tokens = await login(server, await createUser(server), BODY_TRANSPORT);

    const { refreshToken, accessToken } = tokens;
    await server.request().post('/api/auth/logout').send({ refreshToken }).expect(200);

    const expected = `session.revoked ${claimsOf(accessToken).sessionId}`;
    await vi.waitFor(() => expect(receiver.output()).toContain(expected), { timeout: 10_000 });
  });

  it('refuses a body that was changed, and another secret', async () => {
    const { output } = receiver;
    const send = async (body: string, signedBody: string, signingSecret: string) => {
      const now = new Date();
      const headers = {
        'webhook-id': 'msg_forged',
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': new Webhook(signingSecret).sign('msg_forged', now, signedBody),
      };
      const { status } = await fetch(url, { method: 'POST', headers, body });
      return status;
    };
    const otherSecret = `whsec_${Buffer.alloc(32, 'x').toString('base64')}`;

    expect(await send('{"event":"a"}', '{"event":"b"}', secret)).toBe(401);
    expect(await send('{"event":"a"}', '{"event":"a"}', otherSecret)).toBe(401);
    expect(output()).not.toContain('msg_forged');
    expect(await send('{"event":"a"}', '{"event":"a"}', secret)).toBe(204);
  });
});
