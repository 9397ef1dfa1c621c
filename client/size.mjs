/** Prints the size of the core as an app gets it: bundled and minified, in bytes. */
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const { outputFiles } = buildSync({
  entryPoints: [fileURLToPath(new URL('src/index.ts', import.meta.url))],
  ...{ bundle: true, minify: true, format: 'esm', target: 'es2022', write: false },
});
const [{ contents }] = outputFiles;
console.log(
  `${contents.length} minified, ${gzipSync(contents).length} gzip, ${brotliCompressSync(contents).length} Brotli`,
);
