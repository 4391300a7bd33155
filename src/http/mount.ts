/**
 * A dialect as one Fastify plugin: its key check, its limits, its errors, its 404 and its OpenAPI document live and
 * die with it.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import { Fault } from '../faults.ts';
import type { Services } from '../services.ts';
import { type Caller, requireScope } from '../workspaces/caller.ts';
import { acceptJson } from './body.ts';
import { credentials, type Dialect, type Rates } from './dialect.ts';
import { answerer } from './failure.ts';
import { replay } from './idempotency.ts';
import { Windows } from './limits.ts';
import type { OpenApi, RouteRecord } from './openapi/describe.ts';
import { sendReceiptHeaders, writeOptionsOf } from './write-options.ts';

export interface Surroundings {
  services: Services;
  config: Config;
  now: () => Date;
}

/** A mounted dialect and its OpenAPI document. */
export interface Documented {
  dialect: Dialect;
  describe(): Promise<OpenApi>;
}

const USUAL_HEADERS = ({ minute }: Rates): Record<string, string> => ({
  'X-RateLimit-Limit': String(minute.limit),
  'X-RateLimit-Remaining': String(minute.remaining),
  'X-RateLimit-Reset': String(minute.resetAt),
});

/** Wrong keys from one address, a minute: far above any mistake, far below any search. */
const STRANGER_LIMIT = 1000;

/** Answers what makes the dialect's own document, once its routes are there. */
export function mount(app: FastifyInstance, dialect: Dialect, { services, config, now }: Surroundings): Documented {
  const routes: RouteRecord[] = [];
  const minutes = new Windows(60);
  const hours = new Windows(3600);
  const strangers = new Windows(60);
  const limit = config.rateLimit(dialect.name);
  const rateHeaders = dialect.rateHeaders ?? USUAL_HEADERS;

  const identify = async (request: FastifyRequest): Promise<Caller> => {
    const shown = dialect.credential(request);
    if (!shown) throw new Fault('key_missing');
    if (strangers.taken(request.ip, now()) >= STRANGER_LIMIT)
      throw new Fault('rate_limited', { retryAfterSeconds: 60 });
    try {
      const { access } = services;
      return 'key' in shown
        ? await access.byKey(shown.key, dialect.name, dialect.keysOf)
        : await access.byToken(shown.token, dialect.name, dialect.outsideTokens ?? false);
    } catch (error) {
      if (error instanceof Fault) strangers.take(request.ip, STRANGER_LIMIT, now());
      throw error;
    }
  };

  const workspaceNamed = (request: FastifyRequest): string | undefined =>
    dialect.workspaceOf ? dialect.workspaceOf(request) : credentials.header(request, 'parlance-workspace');

  const count = (caller: Caller, reply: FastifyReply): void => {
    if (limit === 0) return;
    const at = now();
    const rates = {
      minute: minutes.take(caller.limitKey, limit, at),
      hour: hours.take(caller.limitKey, limit * 60, at),
    };
    reply.headers(rateHeaders(rates));
    const refused = [rates.minute, rates.hour].find((rate) => !rate.allowed);
    if (refused)
      throw new Fault('rate_limited', { retryAfterSeconds: refused.retryAfterSeconds, count: refused.limit });
  };

  let document: OpenApi | undefined;
  const describe = async (): Promise<OpenApi> => {
    if (document) return document;
    // Loaded when somebody asks, so that nobody's start waits for it.
    const { describe } = await import('./openapi/describe.ts');
    const window = { allowed: true, limit: 0, remaining: 0, resetAt: 0, retryAfterSeconds: 1 };
    document = describe(dialect, routes, Object.keys(rateHeaders({ minute: window, hour: window })));
    return document;
  };

  const answer = answerer(dialect, now);
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
    scope.addHook('onRequest', async (request, reply) => {
      const facts = request.routeOptions.config;
      if (facts.public) return;
      const caller = await identify(request);
      count(caller, reply);
      const named = workspaceNamed(request);
      const acting = facts.workspaceIn && !named ? caller : await services.access.actingFor(caller, named);
      // Whoever names a workspace must not be answered about another one; where a tongue ignores it, it says so itself.
      if (!dialect.workspaceOf && named && named !== acting.workspaceId)
        throw new Fault('workspace_refused', { id: named });
      request.caller = { ...acting, writeOptions: writeOptionsOf(request) };
      if (facts.scope) requireScope(request.caller, facts.scope);
    });
    // Before anything is done for anybody: by now the body has been read.
    scope.addHook('preValidation', (request, _reply, done) => {
      const { workspaceIn } = request.routeOptions.config;
      if (!workspaceIn || workspaceNamed(request)) return done();
      services.access.actingFor(request.caller, workspaceIn(request.body)).then((acting) => {
        request.caller = acting;
        done();
      }, done);
    });
    scope.addHook('onSend', (request, reply, payload, done) => {
      done(null, sendReceiptHeaders(request, reply) ? payload : '');
    });
    replay(scope, services.idempotency);
    scope.setErrorHandler(answer);
    scope.setNotFoundHandler((request, reply) => answer(new Fault('route_missing'), request, reply));
    const { base } = dialect;
    if (base) scope.register(async (inner) => dialect.routes(inner, services), { prefix: base });
    else dialect.routes(scope, services);
    scope.get('/openapi.json', { config: { public: true } }, describe);
  };
  app.register(plugin, { prefix: dialect.prefix });
  return { dialect, describe };
}
