import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { hasProgram, isRunnable } from '../helpers/requirements';
import { comparable, openShell, readWalk } from '../helpers/walk.mjs';
import { startServer, type TestServer } from '../../tests/helpers/server';

const canRun = isRunnable('docs/walk.md', { curl: hasProgram('curl', '--version') });

describe.runIf(canRun)('docs/walk.md', () => {
  let server: TestServer;
  let shell: ReturnType<typeof openShell>;

  beforeAll(async () => {
    server = await startServer();
    shell = openShell(inject('databaseDir'));
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
    const steps = readWalk();
    expect(steps.length).toBeGreaterThan(8);

    for (const { commands, output } of steps) {
      const actual = await run(commands);

      const { language, text } = output ?? { language: 'text', text: '' };
      expect(comparable(actual, language), commands).toEqual(comparable(text, language));
    }
  });
});
