import path from 'node:path';
import { projectRoot } from '../../tests/helpers/paths';

const SCRIPT = path.join(projectRoot, 'maintainers', 'helpers', 'clock-ahead.cjs');

/** Returns the variables that set the clock of a new process ahead by so many milliseconds. */
export const clockAhead = (milliseconds: number) => ({
  NODE_OPTIONS: `--require ${SCRIPT}`,
  CLOCK_AHEAD: String(milliseconds),
});
