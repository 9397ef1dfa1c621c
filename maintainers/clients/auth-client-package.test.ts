import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../tests/helpers/paths';

const folder = path.join(projectRoot, 'client');
const tsc = path.join(projectRoot, 'node_modules/typescript/bin/tsc');
const attw = createRequire(import.meta.url).resolve('@arethetypeswrong/cli/package.json');
const name = 'strapi-refresh-token-client';

const run = (cwd: string, ...command: string[]) =>
  execFileSync(process.execPath, command, { cwd, encoding: 'utf8' });

describe('The package', () => {
  const app = mkdtempSync(path.join(tmpdir(), 'app-'));
  const installed = path.join(app, 'node_modules', name);
  const tarball = path.join(app, 'package.tgz');

  beforeAll(() => {
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--pack-destination', app], {
        cwd: folder,
        encoding: 'utf8',
      }),
    ) as { filename: string }[];
    renameSync(path.join(app, packed?.filename ?? ''), tarball);
    mkdirSync(installed, { recursive: true });
    execFileSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components', '1']);
    writeFileSync(path.join(app, 'package.json'), '{"type":"module"}');
  }, 60_000);

  it('is what publint expects of a package', async () => {
    const { buffer } = new Uint8Array(readFileSync(tarball));

    const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });

    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it('has types that are those of its code, for each way in which TypeScript resolves a module', () => {
    const cli = path.join(path.dirname(attw), 'dist/index.js');

    // `node10` and CommonJS are no aim. It exits with 1 if it finds a problem.
    expect(run(app, cli, tarball, '--profile', 'esm-only')).toContain('bundler: ');
  });

  it('is imported by Node.js, which it does not keep running', () => {
    writeFileSync(
      path.join(app, 'index.js'),
      `import { createAuthClient } from '${name}';
       import { createIdempotencyKeys } from '${name}/server';
       import { createSecureStorage } from '${name}/expo';
       const { state } = createAuthClient({ url: 'https://api.example.com' });
       console.log(state.status, typeof createIdempotencyKeys, typeof createSecureStorage);`,
    );

    expect(run(app, 'index.js')).toBe('loading function function\n');
  });

  it.each([
    ['node16', 'node16'],
    ['bundler', 'esnext'],
  ])('has types that are resolved with %s', (moduleResolution, module) => {
    writeFileSync(
      path.join(app, 'app.ts'),
      `import { createAuthClient, type AuthState } from '${name}';
       const auth = createAuthClient<{ id: number; city: string }>();
       const state: AuthState<{ id: number; city: string }> = auth.state;
       export const city: string = state.status === 'in' ? state.user.city : '';
       // @ts-expect-error a token is text
       export const token: number = await auth.token();`,
    );
    const options = ['--module', module, '--moduleResolution', moduleResolution];
    const lib = ['--target', 'es2022', '--lib', 'es2022,dom'];

    expect(run(app, tsc, '--noEmit', '--strict', ...options, ...lib, 'app.ts')).toBe('');
  });

  it('is as large as its README says', () => {
    const [, gzip] = /(\d+) gzip/.exec(run(projectRoot, 'client/size.mjs')) ?? [];
    const stated = /core is ([\d.]+) kB \(gzip/.exec(
      readFileSync(path.join(folder, 'README.md'), 'utf8'),
    )?.[1];

    expect((Number(gzip) / 1000).toFixed(1)).toBe(stated);
  });
});
