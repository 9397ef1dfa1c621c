import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';

const END_OF_STEP = 'end-of-step';

/**
 * Reads the code blocks of docs/walk.md.
 *
 * @returns for each block of commands `{ commands, output }`: `output` is what the page shows below it, as
 * `{ language, text }`, or undefined
 */
export const readWalk = () => {
  const walk = readFileSync(new URL('../../docs/walk.md', import.meta.url), 'utf8');
  const steps = [];
  for (const [, language = '', text = ''] of walk.matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
    const last = steps.at(-1);
    if (language === 'sh') steps.push({ commands: text });
    else if (last) last.output = { language, text };
  }
  return steps;
};

/** Replaces values that differ between runs: tokens, dates, generated ids. */
const mask = (text) =>
  text
    .replace(/eyJ[\w.-]+|eyJ…/g, '<token>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<date>')
    .replace(/("documentId":\s*)"\w+"/g, '$1"<id>"')
    .replace(/("id":\s*)\d+/g, '$1"<id>"');

/**
 * Returns an output in a form in which two runs can be compared.
 *
 * @param language `json`, or anything else for lines of text
 */
export const comparable = (text, language) =>
  language === 'json'
    ? JSON.parse(mask(text))
    : mask(text)
        .trim()
        .split('\n')
        .map((line) => line.trim());

/**
 * Starts one POSIX shell for all blocks, so that variables are kept between them.
 *
 * @param folder for its temporary files
 * @returns `{ run(commands), close() }`; `run` resolves to the output of both channels
 */
export const openShell = (folder) => {
  const shell = spawn('sh', [], { env: { PATH: process.env.PATH, TMPDIR: folder } });
  const reader = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();

  return {
    async run(commands) {
      shell.stdin.write(`{ ${commands}\n} 2>&1; echo ${END_OF_STEP}\n`);
      const output = [];
      for (;;) {
        const { value, done } = await reader.next();
        if (done || value === END_OF_STEP) return output.join('\n');
        output.push(value);
      }
    },
    close: () => shell.kill(),
  };
};
