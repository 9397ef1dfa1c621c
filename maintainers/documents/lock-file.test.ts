import { expect, it } from 'vitest';
import lockFile from '../../package-lock.json' with { type: 'json' };

// npm compares `allowScripts` with the address (`@npmcli/arborist/lib/script-allowed.js`). Without it npm compiles the
// newer driver, and leaves it out where there is no compiler (docs/decisions/0032). An `npm install` with
// `omit-lockfile-registry-resolved` removes it.
it.each([
  ['better-sqlite3-12', '12.8.0'],
  ['better-sqlite3-13', '13.2.0'],
])('package-lock.json has the address of %s', (name, version) => {
  const packages: Record<string, object> = lockFile.packages;

  expect(packages[`node_modules/${name}`]).toMatchObject({
    version,
    resolved: `https://registry.npmjs.org/better-sqlite3/-/better-sqlite3-${version}.tgz`,
  });
});
