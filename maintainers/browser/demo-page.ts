import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build, preview } from 'vite';
import type { Certificate } from '../helpers/nginx';
import { projectRoot } from '../../tests/helpers/paths';

/** The demo of `examples/browser`, built and served. */
export interface DemoPage {
  stop(): Promise<void>;
}

interface Served {
  /** Where the page finds the API. */
  readonly apiUrl: string;
  /** The ports of this machine to serve it on. */
  readonly ports: readonly number[];
  /** For TLS; plain HTTP without. */
  readonly certificate?: Certificate;
}

const tlsOf = (certificate: Certificate | undefined) =>
  certificate && {
    key: readFileSync(certificate.keyFile),
    cert: readFileSync(certificate.certificateFile),
  };

/** Builds the demo as `vite build` does, into a folder of its own, and serves it. */
export const serveDemo = async ({ apiUrl, ports, certificate }: Served): Promise<DemoPage> => {
  const root = path.join(projectRoot, 'examples', 'browser');
  const outDir = mkdtempSync(path.join(tmpdir(), 'demo-page-'));
  await build({
    root,
    logLevel: 'warn',
    define: { 'import.meta.env.VITE_API_URL': JSON.stringify(apiUrl) },
    build: { outDir, emptyOutDir: true },
  });
  const servers = await Promise.all(
    ports.map((port) =>
      preview({
        root,
        logLevel: 'warn',
        build: { outDir },
        preview: {
          ...{ host: '127.0.0.1', port, strictPort: true, allowedHosts: ['.test'] },
          ...{ https: tlsOf(certificate) },
        },
      }),
    ),
  );
  return {
    stop: async () => {
      await Promise.all(servers.map((server) => server.close()));
      rmSync(outDir, { recursive: true, force: true });
    },
  };
};
