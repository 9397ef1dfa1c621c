import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** Seconds. A refresh takes a few milliseconds; a login waits for bcrypt. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/**
 * Creates the counters that operators watch (docs/operating.md), in a registry of their own: several Strapi
 * instances may live in one process. No label names a user, a session, an address or a token.
 *
 * They count in this process only; Prometheus sums over the instances.
 */
export const createMetrics = () => {
  const registry = new Registry();
  const registers = [registry];

  const created = new Counter({ name: 'sessions_created_total', help: 'Logins', registers });
  const revoked = new Counter({
    name: 'sessions_revoked_total',
    help: 'Sessions that were ended, by reason',
    labelNames: ['reason'],
    registers,
  });
  const reuses = new Counter({
    name: 'session_reuses_detected_total',
    help: 'Refresh tokens that came back after their successor was used: a theft, or a client at fault',
    registers,
  });
  const repeatsElsewhere = new Counter({
    name: 'session_repeats_elsewhere_total',
    help: 'Refresh tokens repeated from another address and user agent',
    registers,
  });
  const refused = new Counter({
    name: 'refresh_tokens_refused_total',
    help: 'Refresh tokens that were refused, by cause',
    labelNames: ['cause'],
    registers,
  });
  const purged = new Counter({
    name: 'sessions_purged_total',
    help: 'Ended sessions that were deleted',
    registers,
  });
  const lastPurge = new Gauge({
    name: 'sessions_last_purge_timestamp_seconds',
    help: 'When the last purge of this instance was complete; 0 before the first',
    registers,
  });
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time to the response, by method, route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: DURATION_BUCKETS,
    registers,
  });

  return {
    countCreated: (): void => created.inc(),
    countRevoked: (reason = 'unknown'): void => revoked.inc({ reason }),
    countReuse: (): void => reuses.inc(),
    countRepeatElsewhere: (): void => repeatsElsewhere.inc(),
    countRefused: (cause: string): void => refused.inc({ cause }),

    /** @param at milliseconds since the epoch */
    countPurged(count: number, at: number): void {
      purged.inc(count);
      lastPurge.set(at / 1000);
    },

    /**
     * @param route the pattern of the route, not the path: `/api/auth/sessions/:id`
     * @param duration seconds
     */
    observeRequest(method: string, route: string, status: number, duration: number): void {
      requests.observe({ method, route, status }, duration);
    },

    /** Adds the metrics of the process: memory, processor, event loop. They observe until the end of it. */
    observeProcess: (): void => collectDefaultMetrics({ register: registry }),

    /** Resolves to all values in Prometheus' text format, and its content type. */
    async read(): Promise<{ text: string; contentType: string }> {
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
};

export type Metrics = ReturnType<typeof createMetrics>;
