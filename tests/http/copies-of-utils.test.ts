import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compiledCopyWith } from '../helpers/compiled-copy';
import { projectRoot } from '../helpers/paths';
import { useServer } from '../helpers/suite';

describe('With two copies of @strapi/utils', () => {
  const { distDir } = compiledCopyWith({});
  // The compiled code finds this one first, and Strapi's server finds its own.
  const utils = path.join('node_modules', '@strapi', 'utils');
  cpSync(path.join(projectRoot, utils), path.join(distDir, utils), { recursive: true });

  const { request } = useServer({ REFRESH_TOKEN_TRANSPORT: 'body' }, { distDir });
  const post = (route: string, body: object) => request().post(`/api/auth/${route}`).send(body);

  it('a refusal keeps its status and its code', async () => {
    const [ours, theirs] = [distDir, projectRoot].map((folder) =>
      createRequire(path.join(folder, 'index.js'))('@strapi/utils'),
    );
    expect(ours.errors.ApplicationError).not.toBe(theirs.errors.ApplicationError);

    const responses = [
      await post('refresh', {}),
      await post('refresh', { refreshToken: 'forged' }),
      await post('local', { identifier: 'nobody', password: '\ud800' }),
      await post('local', { identifier: 'nobody', password: 'wrong-password' }),
      await request().get('/api/auth/sessions'),
    ];

    expect(responses.map(({ status, body }) => [status, body.error.details.code])).toEqual([
      [400, 'missing-refresh-token'],
      [401, 'invalid-refresh-token'],
      [400, 'malformed-text'],
      [400, 'invalid-credentials'],
      [401, 'not-logged-in'],
    ]);
  });
});
