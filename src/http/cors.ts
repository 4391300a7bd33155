/** Pages of other origins, where the operator lets them in: what a browser asks before it sends, and may show after. */
import type { FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** How long a browser need not ask again, in seconds. */
const REMEMBERED = 600;

/** Cookies stay at home: who calls from elsewhere shows a key. So all headers of an answer may be seen. */
export function shareWith(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const options: FastifyCorsOptions = {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: METHODS,
    exposedHeaders: '*',
    maxAge: REMEMBERED,
    strictPreflight: false,
  };
  app.register(import('@fastify/cors'), options);
}
