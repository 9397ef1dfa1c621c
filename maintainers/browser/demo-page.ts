import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build, preview } from 'vite';
import type { Certificate } from '../helpers/nginx';
import { projectRoot } from '../../tests/helpers/paths';

/** The built demo page of `examples/browser`, served over HTTP. */
export interface DemoPage {
  stop(): Promise<void>;
}

interface DemoOptions {
  /** The URL of the API, without `/api`. */
  readonly apiUrl: string;
  /** The ports to serve the page on. */
  readonly ports: readonly number[];
  /** The value of `VITE_LOGIN_PROVIDERS`. */
  readonly loginProviders?: string;
  /** Serves HTTPS instead of HTTP. */
  readonly certificate?: Certificate;
}

const tlsOf = (certificate: Certificate | undefined) =>
  certificate && {
    key: readFileSync(certificate.keyFile),
    cert: readFileSync(certificate.certificateFile),
  };

/** Builds the demo page with Vite into a temporary folder, and serves it on each port. */
export const serveDemo = async ({
  apiUrl,
  ports,
  loginProviders = '',
  certificate,
}: DemoOptions): Promise<DemoPage> => {
  const root = path.join(projectRoot, 'examples', 'browser');
  const outDir = mkdtempSync(path.join(tmpdir(), 'demo-page-'));
  await build({
    root,
    logLevel: 'warn',
    define: {
      'import.meta.env.VITE_API_URL': JSON.stringify(apiUrl),
      'import.meta.env.VITE_LOGIN_PROVIDERS': JSON.stringify(loginProviders),
    },
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
