import { fileURLToPath } from 'node:url';
import { build, type Rollup } from 'vite';

const ENTRY = 'entry.tsx';
const folderOfClient = fileURLToPath(new URL('../../client/src', import.meta.url));
/** A module of the project, from which the imports of the source are resolved. */
const importer = fileURLToPath(new URL('../../package.json', import.meta.url));

/**
 * Bundles the source of a page as an app does, and returns the script. Its imports are relative to the project, and
 * `strapi-refresh-token-client` is the package in client/.
 */
export const bundlePage = async (source: string): Promise<string> => {
  const [bundle] = (await build({
    configFile: false,
    logLevel: 'error',
    esbuild: { jsx: 'automatic' },
    define: { 'process.env.NODE_ENV': '"development"' },
    resolve: { alias: { 'strapi-refresh-token-client': folderOfClient } },
    build: { lib: { entry: ENTRY, formats: ['es'] }, write: false },
    plugins: [
      {
        name: 'source-of-the-page',
        enforce: 'pre',
        resolveId(id, from) {
          if (id.endsWith(ENTRY)) return `\0${ENTRY}`;
          return from === `\0${ENTRY}` ? this.resolve(id, importer) : null;
        },
        load: (id) => (id === `\0${ENTRY}` ? source : null),
      },
    ],
  })) as Rollup.RollupOutput[];
  return bundle?.output[0].code ?? '';
};
