import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { projectRoot } from '../../tests/helpers/paths';
import { hasProgram, isRunnable } from '../helpers/requirements';
import { startServer, type TestServer } from '../../tests/helpers/server';

/** A block of commands, and the output that is shown below it. */
interface Step {
  readonly commands: string;
  readonly output?: { readonly language: string; readonly text: string };
}

const END_OF_STEP = 'end-of-step';

/** Reads the code blocks of docs/walk.md. */
const readSteps = (): Step[] => {
  const walk = readFileSync(path.join(projectRoot, 'docs/walk.md'), 'utf8');
  const steps: Step[] = [];
  for (const [, language = '', text = ''] of walk.matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
    const last = steps.at(-1);
    if (language === 'sh') steps.push({ commands: text });
    else if (last) steps[steps.length - 1] = { ...last, output: { language, text } };
  }
  return steps;
};

/** Replaces values that differ between runs: tokens, dates, generated ids. */
const mask = (text: string): string =>
  text
    .replace(/eyJ[\w.-]+|eyJ…/g, '<token>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<date>')
    .replace(/("documentId":\s*)"\w+"/g, '$1"<id>"')
    .replace(/("id":\s*)\d+/g, '$1"<id>"');

const comparable = (text: string, language: string): unknown =>
  language === 'json'
    ? JSON.parse(mask(text))
    : mask(text)
        .trim()
        .split('\n')
        .map((line) => line.trim());

/** Starts one POSIX shell for all blocks, so that variables are kept between them. */
const openShell = () => {
  const shell: ChildProcessWithoutNullStreams = spawn('sh', [], {
    env: { PATH: process.env.PATH, TMPDIR: inject('databaseDir') },
  });
  const lines = createInterface({ input: shell.stdout });
  const reader = lines[Symbol.asyncIterator]();

  return {
    async run(commands: string): Promise<string> {
      shell.stdin.write(`{ ${commands}\n} 2>&1; echo ${END_OF_STEP}\n`);
      const output: string[] = [];
      for (;;) {
        const { value, done } = await reader.next();
        if (done || value === END_OF_STEP) return output.join('\n');
        output.push(value);
      }
    },
    close: () => shell.kill(),
  };
};

const canRun = isRunnable('docs/walk.md', { curl: hasProgram('curl', '--version') });

describe.runIf(canRun)('docs/walk.md', () => {
  let server: TestServer;
  let shell: ReturnType<typeof openShell>;

  beforeAll(async () => {
    server = await startServer();
    shell = openShell();
  });
  afterAll(async () => {
    shell.close();
    await server.stop();
  });

  /** Runs the commands. A `sleep` advances the clock of the server instead. */
  const run = (commands: string): Promise<string> => {
    const address = server.strapi.server.httpServer.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port');
    const withoutSleep = commands.replace(/^sleep (\d+)$/gm, (_command, seconds: string) => {
      server.clock.advance(Number(seconds) * 1000);
      return '';
    });
    return shell.run(
      withoutSleep.replace('http://localhost:1337', `http://127.0.0.1:${address.port}`),
    );
  };

  it('shows the output of its commands', async () => {
    const steps = readSteps();
    expect(steps.length).toBeGreaterThan(8);

    for (const { commands, output } of steps) {
      const actual = await run(commands);

      const { language, text } = output ?? { language: 'text', text: '' };
      expect(comparable(actual, language), commands).toEqual(comparable(text, language));
    }
  });
});
