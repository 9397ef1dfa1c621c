import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../tests/helpers/paths';

/**
 * Reads the code blocks of one language in a section of a page, without their indentation.
 *
 * @param page relative to the project: `docs/databases.md`
 * @param title the heading of the section, without its `#`
 */
export const documentedBlocks = (page: string, title: string, language: string): string[] => {
  const text = readFileSync(path.join(projectRoot, page), 'utf8');
  const section = text.split(/^#+ /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
  return [...section.matchAll(/^ *```(\w+)\n(.*?)^ *```$/gms)]
    .filter(([, languageOfBlock]) => languageOfBlock === language)
    .map(([, , code = '']) => code.replace(/^ +/gm, ''));
};
