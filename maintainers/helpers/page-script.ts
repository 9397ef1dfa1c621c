import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { build, type Plugin, type Rollup } from 'vite';
import { projectRoot } from '../../tests/helpers/paths';

/** The name of a module that exists in memory only. */
const SOURCE = '\0source';

/** Resolves the imports of the source as if it were in the root of the project. */
const inMemory = (source: string): Plugin => ({
  name: 'source-in-memory',
  enforce: 'pre',
  resolveId(id, importer) {
    if (id.endsWith('source-in-memory')) return SOURCE;
    return importer === SOURCE ? this.resolve(id, `${projectRoot}/package.json`) : null;
  },
  load: (id) => (id === SOURCE ? source : null),
});

/**
 * Bundles a script of a page as an app does. `strapi-refresh-token-client` is the package in client/.
 *
 * @param source its imports are relative to the project
 * @param apiUrl the value of `VITE_API_URL`
 */
export const bundlePage = async (source: string, apiUrl = ''): Promise<string> => {
  const [bundle] = (await build({
    configFile: false,
    logLevel: 'error',
    root: projectRoot,
    esbuild: { jsx: 'automatic' },
    define: {
      'process.env.NODE_ENV': '"development"',
      'import.meta.env.VITE_API_URL': JSON.stringify(apiUrl),
    },
    resolve: {
      alias: {
        'strapi-refresh-token-client': fileURLToPath(new URL('../../client/src', import.meta.url)),
        vue: fileURLToPath(new URL('../node_modules/vue', import.meta.url)),
      },
    },
    build: { lib: { entry: 'source-in-memory', formats: ['es'] }, write: false },
    plugins: [inMemory(source), vue()],
  })) as Rollup.RollupOutput[];
  return bundle?.output[0].code ?? '';
};
