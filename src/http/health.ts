/** What monitoring asks: whether the process runs, whether the database answers, and the Prometheus metrics. */
import type { FastifyInstance } from 'fastify';
import type { Services } from '../services.ts';

const STARTING = { status: 'starting' };

/** Answers 503 until it is started: during a first start the keys do not exist yet. */
export function health(app: FastifyInstance, services: Services): { start(): void; stop(): Promise<void> } {
  let started = false;
  app.get('/healthz', async (_request, reply) => (started ? { status: 'ok' } : reply.code(503).send(STARTING)));

  app.get('/readyz', async (request, reply) => {
    if (!started) return reply.code(503).send(STARTING);
    try {
      await services.ready();
      return { status: 'ready' };
    } catch (error) {
      request.log.error({ err: error }, 'The database does not answer; /readyz is 503.');
      return reply.code(503).send({ status: 'unavailable' });
    }
  });

  // Loaded and measured from the first scrape on: a server without Prometheus pays nothing for it.
  let metrics: Promise<Metrics> | undefined;
  app.addHook('onResponse', async (request, reply) => {
    if (!metrics) return;
    const route = request.routeOptions.url ?? 'unknown';
    (await metrics).duration.observe(
      { method: request.method, route, status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
  });
  app.get('/metrics', async (_request, reply) => {
    metrics ??= loadMetrics();
    const { registry } = await metrics;
    return reply.type(registry.contentType).send(await registry.metrics());
  });

  return {
    start() {
      started = true;
    },
    async stop() {
      started = false;
    },
  };
}

type Metrics = Awaited<ReturnType<typeof loadMetrics>>;

async function loadMetrics() {
  const { collectDefaultMetrics, Histogram, Registry } = await import('prom-client');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const duration = new Histogram({
    name: 'parlance_http_request_duration_seconds',
    help: 'Time from a request to its answer, in seconds.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers: [registry],
  });
  return { registry, duration };
}
