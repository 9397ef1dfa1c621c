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

/** What a Dockerfile makes, in a folder instead of a container. */
export interface Image {
  /** Where it works: what the container calls `/app`. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly healthCommand: readonly string[];
  /** How to start a process as the user of the container. Only root can; others stay who they are. */
  readonly user: { readonly uid?: number; readonly gid?: number };
  /** The folder of that user. */
  readonly home: string;
  remove(): Promise<void>;
}

const read = (name: string): string => readFileSync(path.join(projectRoot, name), 'utf8');

/** Copies what a builder is sent: a clean clone, less what `.dockerignore` names. */
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

/** A stage that is being built. */
interface Build {
  readonly root: string;
  readonly environment: Record<string, string>;
  workingFolder: string;
}

type Step = (build: Build, instruction: Instruction) => Promise<void> | void;

/** Files of an earlier stage are linked: there are many, and nobody changes them any more. */
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
    if (from === undefined) throw new Error(`There is no stage ${flags.from}`);
    const names = text.split(' ');
    const target = path.join(workingFolder, names.pop() ?? '');
    const sources = names.map((name) => path.join(from, name));
    // As Docker does: of a folder what is in it, of a file the file.
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

/** What is only noted down, and read from the last stage. */
const NOTES = ['USER', 'EXPOSE', 'HEALTHCHECK', 'CMD'];

/**
 * Runs the commands of a Dockerfile in clean folders, stage by stage, and nothing else. What it takes
 * from the machine is Node, in the place of the image that a stage begins `FROM`.
 *
 * @throws when a command fails, with what it has written
 */
export const buildImage = async (): Promise<Image> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'strapi-refresh-token-image-'));
  // The user of the container has to get in.
  chmodSync(folder, 0o755);
  const remove = () => rm(folder, { recursive: true, force: true });
  const context = path.join(folder, 'context');
  const roots = new Map<string, string>();

  const buildStage = async ({ name = 'final', instructions }: Stage): Promise<Build> => {
    const root = path.join(folder, name);
    const build: Build = { root, environment: {}, workingFolder: root };
    const steps = createSteps(context, roots);
    for (const instruction of instructions) {
      if (NOTES.includes(instruction.keyword)) continue;
      const step = steps[instruction.keyword];
      if (!step) throw new Error(`No step for ${instruction.keyword}`);
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
    const isOfNode = lastOf(last, 'USER').text === 'node' && RUNS_AS_ROOT;
    const home = path.join(folder, 'home');
    mkdirSync(home);
    if (isOfNode) chownSync(home, NODE_USER, NODE_USER);
    return {
      folder: built.workingFolder,
      environment: built.environment,
      command: commandOf(lastOf(last, 'CMD')),
      healthCommand: commandOf(lastOf(last, 'HEALTHCHECK')),
      user: isOfNode ? { uid: NODE_USER, gid: NODE_USER } : {},
      home,
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
};
