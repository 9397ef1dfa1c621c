import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = path.dirname(fileURLToPath(import.meta.url));
const projectRoot = path.join(folder, '..', '..');

/** See `defences.d.mts`. */
export const readDefences = async () => {
  const files = readdirSync(path.join(folder, 'list')).filter((name) => name.endsWith('.mjs'));
  const lists = await Promise.all(files.sort().map((name) => import(`./list/${name}`)));
  return lists.flatMap((list) => list.default);
};

export const sourceWithout = ({ title, file, before, after }, root = projectRoot) => {
  const parts = readFileSync(path.join(root, file), 'utf8').split(before);
  if (parts.length !== 2) {
    throw new Error(`"${title}": occurs ${parts.length - 1} times in ${file}: ${before}`);
  }
  return parts.join(after);
};

export const parseTest = (test) => {
  const [file = '', title = ''] = test.split(' › ');
  return { file, title };
};
