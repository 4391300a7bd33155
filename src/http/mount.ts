/** A dialect as one Fastify plugin, with its own key check, limits, errors and OpenAPI document. */
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';
import { Fault } from '../faults.ts';
import type { Services } from '../services.ts';
import { requireCaller } from './auth.ts';
import { acceptJson } from './body.ts';
import type { Dialect, RateHeaders } from './dialect.ts';
import { errorHandler } from './failure.ts';
import { replay } from './idempotency.ts';
import type { OpenApi, RouteRecord } from './openapi/document.ts';
import { sendReceiptHeaders } from './write-options.ts';

export interface MountOptions {
  services: Services;
  config: Pick<Config, 'rateLimit'>;
  now: () => Date;
}

export interface MountedDialect {
  dialect: Dialect;
  /** Builds the OpenAPI document. Call it when the routes are registered. */
  describe(): Promise<OpenApi>;
}

const defaultRateHeaders: RateHeaders = ({ minute }) => ({
  'X-RateLimit-Limit': String(minute.limit),
  'X-RateLimit-Remaining': String(minute.remaining),
  'X-RateLimit-Reset': String(minute.resetAt),
});

export function mount(app: FastifyInstance, dialect: Dialect, { services, config, now }: MountOptions): MountedDialect {
  const routes: RouteRecord[] = [];
  const rateHeaders = dialect.rateHeaders ?? defaultRateHeaders;
  const describe = describer(dialect, routes, rateHeaders);
  const answerError = errorHandler(dialect, now);

  const plugin = async (scope: FastifyInstance): Promise<void> => {
    scope.addHook('onRoute', (options) => {
      routes.push({
        method: options.method,
        url: options.url,
        schema: options.schema as RouteRecord['schema'],
        config: options.config as RouteRecord['config'],
      });
    });
    acceptJson(scope);
    requireCaller(scope, dialect, {
      access: services.access,
      rateLimit: config.rateLimit(dialect.name),
      rateHeaders,
      now,
    });
    scope.addHook('onSend', (request, reply, payload, done) => {
      done(null, sendReceiptHeaders(request, reply) ? payload : '');
    });
    replay(scope, services.idempotency);
    scope.setErrorHandler(answerError);
    scope.setNotFoundHandler((request, reply) => answerError(new Fault('route_missing'), request, reply));
    const { base } = dialect;
    if (base) scope.register(async (inner) => dialect.routes(inner, services), { prefix: base });
    else dialect.routes(scope, services);
    scope.get('/openapi.json', { config: { public: true } }, describe);
  };
  app.register(plugin, { prefix: dialect.prefix });
  return { dialect, describe };
}

/** Builds the document once, at the first request for it. */
function describer(dialect: Dialect, routes: readonly RouteRecord[], rateHeaders: RateHeaders): () => Promise<OpenApi> {
  let document: OpenApi | undefined;
  return async () => {
    if (document) return document;
    // Loaded only now, because the start of the server does not need it.
    const { describe } = await import('./openapi/describe.ts');
    const window = { allowed: true, limit: 0, remaining: 0, resetAt: 0, retryAfterSeconds: 1 };
    document = describe(dialect, routes, Object.keys(rateHeaders({ minute: window, hour: window })));
    return document;
  };
}
