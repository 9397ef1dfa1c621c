import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A line that names a file, and the code block below it that shows the file. */
const SHOWN_FILE = /^<!-- code: (\S+) -->\n\n```\w+\n.*?^```$/gms;

const languageOf = (file: string): string => path.extname(file).slice(1);

/** The files that a document shows, relative to the project. */
export const shownFiles = (document: string): string[] =>
  [...document.matchAll(SHOWN_FILE)].map(([, file = '']) => file);

/**
 * Puts the code of the recipes into the document that tells of them.
 *
 * @param root the folder that file names start from
 */
export const showFiles = (document: string, root: string): string =>
  document.replace(SHOWN_FILE, (_block, file: string) => {
    const code = readFileSync(path.join(root, file), 'utf8').trimEnd();
    return `<!-- code: ${file} -->\n\n\`\`\`${languageOf(file)}\n${code}\n\`\`\``;
  });
