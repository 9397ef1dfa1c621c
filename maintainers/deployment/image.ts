import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../tests/helpers/paths';
import {
  commandOf,
  createIgnore,
  lastOf,
  parseDockerfile,
  type Instruction,
  type Stage,
} from './dockerfile';

const run = promisify(execFile);
const RUNS_AS_ROOT = process.getuid?.() === 0;

/** The user `node` of the official images. */
const NODE_USER = 1000;

/** The result of a Dockerfile, in a folder instead of an image. */
export interface Image {
  /** The working directory: `/app` in a container. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly healthCommand: readonly string[];
  /** The spawn options of a process with the user of the container. Empty unless this process runs as root. */
  readonly user: { readonly uid?: number; readonly gid?: number };
  /** The home directory of that user. */
  readonly home: string;
  remove(): Promise<void>;
}

const read = (name: string): string => readFileSync(path.join(projectRoot, name), 'utf8');

/** Copies the build context: the files of a clean clone that `.dockerignore` does not exclude. */
const copyContext = (to: string): void => {
  const isIgnored = createIgnore(read('.dockerignore'));
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  for (const file of files.split('\n').filter((name) => name !== '' && !isIgnored(name))) {
    cpSync(path.join(projectRoot, file), path.join(to, file));
  }
};

/** The state of a stage while it is built. */
interface Build {
  readonly root: string;
  readonly environment: Record<string, string>;
  workingFolder: string;
}

type Step = (build: Build, instruction: Instruction) => Promise<void> | void;

/** Copies files. Those of an earlier stage, which is complete, are hard-linked: that is faster. */
const copy = async (
  sources: readonly string[],
  target: string,
  isFromStage: boolean,
): Promise<void> => {
  mkdirSync(target, { recursive: true });
  await run('cp', ['--archive', ...(isFromStage ? ['--link'] : []), ...sources, target]);
};

const createSteps = (
  context: string,
  roots: ReadonlyMap<string, string>,
): Record<string, Step> => ({
  WORKDIR(build, { text }) {
    build.workingFolder = path.join(build.root, text);
    mkdirSync(build.workingFolder, { recursive: true });
  },

  ENV(build, { text }) {
    const [name = '', value = ''] = text.split('=');
    build.environment[name] = value;
  },

  async COPY({ workingFolder }, { text, flags }) {
    const from = flags.from === undefined ? context : roots.get(flags.from);
    if (from === undefined) throw new Error(`The Dockerfile has no stage ${flags.from}`);
    const names = text.split(' ');
    const target = path.join(workingFolder, names.pop() ?? '');
    const sources = names.map((name) => path.join(from, name));
    // Docker copies the contents of a folder, not the folder itself.
    const contents = sources.map((source) =>
      statSync(source).isDirectory() ? `${source}/.` : source,
    );
    await copy(contents, target, flags.from !== undefined);
    if (flags.chown !== undefined && RUNS_AS_ROOT) {
      await run('chown', ['--recursive', `${NODE_USER}:${NODE_USER}`, target]);
    }
  },

  async RUN({ workingFolder, environment }, { text }) {
    await run('sh', ['-c', text], {
      cwd: workingFolder,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
      maxBuffer: 100_000_000,
    });
  },
});

/** Instructions that run no step. Those of the last stage describe how the image is started. */
const METADATA = ['USER', 'EXPOSE', 'HEALTHCHECK', 'CMD'];

/**
 * Runs the instructions of the Dockerfile in clean folders, stage by stage. The programs of this machine, such as Node,
 * take the place of the base images (decision 24 of the workshop).
 *
 * @throws with its output when a command fails
 */
export const buildImage = async (): Promise<Image> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'strapi-refresh-token-image-'));
  // The user of the container needs access.
  chmodSync(folder, 0o755);
  const remove = () => rm(folder, { recursive: true, force: true });
  const context = path.join(folder, 'context');
  const roots = new Map<string, string>();

  const buildStage = async ({ name = 'final', instructions }: Stage): Promise<Build> => {
    const root = path.join(folder, name);
    const build: Build = { root, environment: {}, workingFolder: root };
    const steps = createSteps(context, roots);
    for (const instruction of instructions) {
      if (METADATA.includes(instruction.keyword)) continue;
      const step = steps[instruction.keyword];
      if (!step) throw new Error(`${instruction.keyword} is not supported`);
      await step(build, instruction);
    }
    roots.set(name, root);
    return build;
  };

  try {
    copyContext(context);
    const stages = parseDockerfile(read('Dockerfile'));
    const builds: Build[] = [];
    for (const stage of stages) builds.push(await buildStage(stage));
    const [last, built] = [stages.at(-1), builds.at(-1)];
    if (!last || !built) throw new Error('The Dockerfile has no stage');
    const runsAsNode = lastOf(last, 'USER').text === 'node' && RUNS_AS_ROOT;
    const home = path.join(folder, 'home');
    mkdirSync(home);
    if (runsAsNode) chownSync(home, NODE_USER, NODE_USER);
    return {
      folder: built.workingFolder,
      environment: built.environment,
      command: commandOf(lastOf(last, 'CMD')),
      healthCommand: commandOf(lastOf(last, 'HEALTHCHECK')),
      user: runsAsNode ? { uid: NODE_USER, gid: NODE_USER } : {},
      home,
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
};
