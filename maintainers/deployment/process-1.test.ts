import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { newDatabase } from '../../tests/helpers/databases';
import { testEnvironment } from '../../tests/helpers/environment';
import { createBuiltProject, freePort, isHealthy } from '../../tests/helpers/process';
import { projectRoot } from '../../tests/helpers/paths';
import { startProgram, waitUntilReady } from '../../tests/helpers/program';
import { commandOf, lastOf, parseDockerfile } from './dockerfile';

/** Runs a program as process 1 of its own namespace, as in a container. Only root may do so. */
const NAMESPACE = ['--pid', '--fork', '--kill-child'];
const isAllowed = spawnSync('unshare', [...NAMESPACE, 'true']).status === 0;

it.skipIf(!isAllowed)('A server that is process 1 shuts down at SIGTERM', async () => {
  const image = parseDockerfile(readFileSync(path.join(projectRoot, 'Dockerfile'), 'utf8'));
  const last = image.at(-1);
  if (!last) throw new Error('The Dockerfile has no stage');
  const port = String(await freePort());
  const { PATH, HOME } = process.env;
  const program = startProgram('unshare', [...NAMESPACE, ...commandOf(lastOf(last, 'CMD'))], {
    cwd: createBuiltProject(),
    env: {
      PATH,
      HOME,
      ...testEnvironment(await newDatabase()),
      NODE_ENV: 'production',
      PORT: port,
    },
  });
  await waitUntilReady('Strapi', program, () => isHealthy(`http://127.0.0.1:${port}`), 100_000);

  const { pid } = program;
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  process.kill(Number(child), 'SIGTERM');
  const exitCode = await program.exited;

  expect(program.output()).toContain('Strapi has been shut down');
  expect(exitCode).toBe(0);
});
