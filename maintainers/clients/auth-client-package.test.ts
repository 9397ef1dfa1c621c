import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../tests/helpers/paths';

const folder = path.join(projectRoot, 'client');
const tsc = path.join(projectRoot, 'node_modules/typescript/bin/tsc');
const { name, exports } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
  name: string;
  exports: Record<string, string | Record<string, string>>;
};

const run = (cwd: string, ...command: string[]) =>
  execFileSync(process.execPath, command, { cwd, encoding: 'utf8' });

describe('The package', () => {
  const app = mkdtempSync(path.join(tmpdir(), 'app-'));
  const installed = path.join(app, 'node_modules', name);

  beforeAll(() => {
    mkdirSync(installed, { recursive: true });
    cpSync(path.join(folder, 'package.json'), path.join(installed, 'package.json'));
    run(folder, tsc, '-p', 'tsconfig.build.json', '--outDir', path.join(installed, 'dist'));
    writeFileSync(path.join(app, 'package.json'), '{"type":"module"}');
  });

  it('has all files that it exports', () => {
    const files = Object.values(exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    );

    expect(files.length).toBeGreaterThan(4);
    expect(files.filter((file) => !existsSync(path.join(installed, file)))).toEqual([]);
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
