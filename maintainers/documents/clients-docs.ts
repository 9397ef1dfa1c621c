import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Matches a comment with the path of a file, and the code block below it. */
const SHOWN_FILE = /^<!-- code: (\S+) -->\n\n```\w+\n.*?^```$/gms;

const languageOf = (file: string): string => path.extname(file).slice(1);

/** Returns the paths of the files that a document shows, relative to the project. */
export const shownFiles = (document: string): string[] =>
  [...document.matchAll(SHOWN_FILE)].map(([, file = '']) => file);

/**
 * Replaces the code blocks of a document with the current content of the files.
 *
 * @param root the folder to which the paths are relative
 */
export const showFiles = (document: string, root: string): string =>
  document.replace(SHOWN_FILE, (_block, file: string) => {
    const code = readFileSync(path.join(root, file), 'utf8').trimEnd();
    return `<!-- code: ${file} -->\n\n\`\`\`${languageOf(file)}\n${code}\n\`\`\``;
  });
