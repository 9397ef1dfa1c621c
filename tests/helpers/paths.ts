import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root folder of the project. */
export const projectRoot = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
