import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import { readSettings } from '../../src/extensions/users-permissions/refresh-tokens/settings/settings';
import { createAdmin } from '../../tests/helpers/admins';
import { environmentOf, envLines } from '../../tests/helpers/env-file';
import { testEnvironment } from '../../tests/helpers/environment';
import { projectRoot } from '../../tests/helpers/paths';
import { useServer } from '../../tests/helpers/suite';
import { documentedBlocks } from '../helpers/documented-blocks';
import { hasProgram } from '../helpers/requirements';

const execute = promisify(execFile);

/** Runs a block in a POSIX shell in the root of the project, and returns what it prints. */
const runInShell = async (
  block: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const env = { PATH: process.env.PATH, ...variables };
  const { stdout } = await execute('sh', ['-euc', block], { cwd: projectRoot, env });
  return stdout;
};

describe('docs/moving.md', () => {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(path.join(projectRoot, 'package.json'), 'utf8'),
  ) as Record<string, Record<string, string>>;
  const installed: Record<string, string | undefined> = { ...dependencies, ...devDependencies };
  const packages = documentedBlocks('docs/moving.md', 'By hand', 'sh')
    .flatMap((block) => block.replace(/npm install( --save-dev)?/g, '').split(/\s+/))
    .filter((text) => text !== '')
    .map((text) => ({ name: text.replace(/(?<=.)@.*$/, ''), version: /.@(.*)$/.exec(text)?.[1] }));

  it('installs packages', () => {
    expect(packages.length).toBeGreaterThan(10);
  });

  it.each(packages)('installs $name in the version of this project', ({ name, version }) => {
    const ours = installed[name];

    expect(ours).toBeDefined();
    // `@types/koa@2` and `@types/ms` name a major version, or none.
    if (version !== undefined) expect(`${ours}.`).toMatch(new RegExp(`^${version}\\.`));
  });
});

describe('docs/deploying.md', () => {
  it('creates secrets that the settings accept', async () => {
    const [block = ''] = documentedBlocks('docs/deploying.md', 'Secrets', 'sh');
    const file = path.join(mkdtempSync(path.join(inject('databaseDir'), 'env-')), 'env');

    await runInShell(block.replace('.env.production', file));

    const environment = environmentOf(envLines(readFileSync(file, 'utf8')));
    expect(() => readSettings(environment, true)).not.toThrow();
  });
});

describe('docs/security.md', () => {
  const server = useServer();

  it('names a __Host- cookie that the settings accept', () => {
    const section = 'Sub-domains that you do not trust';
    const [block = ''] = documentedBlocks('docs/security.md', section, 'sh');
    const environment = { ...testEnvironment(), ...environmentOf(envLines(block)) };

    const { cookie } = readSettings(environment, true);

    expect(cookie).toMatchObject({ name: '__Host-refreshToken', secure: true, path: '/' });
  });

  it.skipIf(!hasProgram('curl', '--version'))('creates a webhook for thefts', async () => {
    const [block = ''] = documentedBlocks('docs/security.md', 'Hearing of a theft', 'sh');
    const { headers } = await createAdmin(server);
    const address = server.strapi.server.httpServer.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port');

    const output = await runInShell(
      block.replace('http://localhost:1337', `http://127.0.0.1:${address.port}`),
      { ADMIN_TOKEN: headers.Authorization.replace('Bearer ', '') },
    );

    expect(JSON.parse(output)).toMatchObject({
      data: { events: ['session.reuse-detected', 'session.repeated-elsewhere'], isEnabled: true },
    });
  });
});
