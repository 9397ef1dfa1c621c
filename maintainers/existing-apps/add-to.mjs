import { spawnSync } from 'node:child_process';
import { environment } from '../helpers/commands.mjs';

/**
 * Runs `npm run add-to` of a starter.
 *
 * @returns `{ status, output }`: its exit code, and what it says on both channels
 */
export const addTo = (starter, app, ...options) => {
  const { status, stdout, stderr } = spawnSync(
    'npm',
    ['run', '--silent', 'add-to', '--', app, ...options],
    { cwd: starter, env: environment, encoding: 'utf8' },
  );
  return { status, output: stdout + stderr };
};
