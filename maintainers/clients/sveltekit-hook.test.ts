import path from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../../tests/helpers/paths';

/** Imported by its path: its types are those of SvelteKit's own build. */
const hooks = path.join(projectRoot, 'examples/recipes/sveltekit/src/hooks.server.ts');

it('The hook of SvelteKit passes on a response whose headers cannot be changed, and no cache keeps it', async () => {
  const { handle } = await import(hooks);
  const event = {
    request: new Request('http://localhost/raw', { headers: { 'User-Agent': 'test' } }),
    locals: {},
    cookies: { get: () => undefined },
    getClientAddress: () => '127.0.0.1',
  };

  const response = (await handle({
    event,
    resolve: async () => Response.redirect('http://localhost/elsewhere'),
  })) as Response;

  expect(response.status).toBe(302);
  expect(response.headers.get('Location')).toBe('http://localhost/elsewhere');
  expect(response.headers.get('Cache-Control')).toBe('private, no-store');
});
