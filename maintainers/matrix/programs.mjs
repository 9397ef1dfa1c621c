import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { environment as common, runQuietly as run } from '../helpers/commands.mjs';

const install = (folder, spec) => {
  mkdirSync(folder, { recursive: true });
  return run(
    folder,
    process.env,
    'npm',
    'install',
    '--no-audit',
    '--no-fund',
    '--prefix',
    '.',
    spec,
  );
};

/**
 * Installs a Node.js and a package manager from npm, the Node.js by the package `node`. npm is the one of this machine,
 * run by that Node.js.
 *
 * @param folder where to install them
 * @param node a version or a range, as npm takes it: `24`, `20.19.0`
 * @returns `{ environment, node, manager }`: the environment in which both are found, and their exact versions
 */
export const installPrograms = async (folder, node, manager) => {
  const nodeFolder = path.join(folder, `node-${node}`);
  await install(nodeFolder, `node@${node}`);
  const folders = [path.join(nodeFolder, 'node_modules', 'node', 'bin')];
  if (manager !== 'npm') {
    const managerFolder = path.join(folder, manager);
    await install(managerFolder, manager);
    folders.push(path.join(managerFolder, 'node_modules', '.bin'));
  }
  const PATH = [...folders, common.PATH].join(path.delimiter);
  const environment = { ...common, PATH };
  const versionOf = async (program) =>
    (await run(folder, environment, program, '--version')).trim().replace(/^v/, '');
  return { environment, node: await versionOf('node'), manager: await versionOf(manager) };
};
