import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Metrics } from '../services/metrics';

/** Serves `GET /metrics` on a port of its own, which only those who watch should reach (docs/operating.md). */
export const createMetricsServer = (metrics: Pick<Metrics, 'observeProcess' | 'read'>) => {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.read().then(
      ({ text, contentType }) => response.writeHead(200, { 'Content-Type': contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });

  return {
    /** @throws when the port is taken, which stops the boot */
    async listen(port: number, host: string): Promise<void> {
      metrics.observeProcess();
      try {
        await once(server.listen(port, host), 'listening');
      } catch (error) {
        throw new Error(`METRICS_PORT: ${(error as Error).message}`);
      }
    },

    async close(): Promise<void> {
      if (!server.listening) return;
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
};
