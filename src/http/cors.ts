/** Lets web pages of the origins in PARLANCE_CORS_ORIGINS call the server. */
import type { FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** How long a browser remembers the answer to a preflight request. */
const PREFLIGHT_SECONDS = 600;

/** Browsers send no cookies to another origin here: the page sends a key. So it may read every header of an answer. */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const options: FastifyCorsOptions = {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: METHODS,
    exposedHeaders: '*',
    maxAge: PREFLIGHT_SECONDS,
    strictPreflight: false,
  };
  app.register(import('@fastify/cors'), options);
}
