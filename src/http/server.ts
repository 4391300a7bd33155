/** The HTTP server: what applies to every request of every dialect. */
import { randomUUID } from 'node:crypto';
import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  LogController,
} from 'fastify';
import type { Config } from '../config.ts';
import { Fault, invalid } from '../faults.ts';
import { issuesOf } from '../lib/check.ts';
import type { Schema } from '../lib/schema.ts';
import { allowOrigins } from './cors.ts';
import type { Dialect } from './dialect.ts';
import { type ErrorHandler, errorHandler } from './failure.ts';
import { readQuery } from './query.ts';

export interface ServerOptions {
  config: Config;
  /** The first one answers requests that belong to no dialect. */
  dialects: readonly Dialect[];
  now: () => Date;
}

export function createServer({ config, dialects, now }: ServerOptions): FastifyInstance {
  // Some requests reach no plugin, such as those with a malformed path. Their prefix decides the format of the error.
  const handlers = dialects.map((dialect) => ({ prefix: dialect.prefix, handle: errorHandler(dialect, now) }));
  const answerError: ErrorHandler = (error, request, reply) => {
    const own = handlers.find(({ prefix }) => request.url === prefix || request.url.startsWith(`${prefix}/`));
    return (own ?? handlers[0]!).handle(error, request, reply.header('X-Request-Id', request.id));
  };

  const app = fastify({
    bodyLimit: config.bodyLimitBytes,
    trustProxy: config.trustProxy,
    forceCloseConnections: 'idle',
    // With these compilers Fastify does not load its own ones.
    schemaController: { compilersFactory: compilers },
    // A UUID costs a fifth of what random bytes cost: Node draws random data for many UUIDs at once.
    genReqId: () => `req_${randomUUID().replaceAll('-', '').slice(0, 24)}`,
    logger: { level: config.logLevel },
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
    frameworkErrors: answerError,
    rewriteUrl: (request) => withPrefix(request.url ?? '/', request.headers.host),
  });

  // A host in PARLANCE_HOSTS stands for the prefix of its dialect.
  const withPrefix = (url: string, host: string | undefined): string => {
    if (config.hosts.size === 0 || !host) return url;
    const dialect = config.hosts.get(host.toLowerCase()) ?? config.hosts.get(host.toLowerCase().replace(/:\d+$/, ''));
    return (dialects.find((one) => one.name === dialect)?.prefix ?? '') + url;
  };

  app.addHook('onSend', (request, reply, payload, done) => {
    reply.header('X-Request-Id', request.id);
    reply.header('X-Content-Type-Options', 'nosniff');
    done(null, payload);
  });
  allowOrigins(app, config.corsOrigins);
  if (LEVELS_WITH_REQUESTS.has(config.logLevel)) app.addHook('onResponse', logRequest);
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) => answerError(new Fault('route_missing'), request, reply));
  app.decorateRequest('caller');
  return app;
}

const LEVELS_WITH_REQUESTS: ReadonlySet<string> = new Set(['trace', 'debug', 'info']);

function logRequest(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  request.log.info(
    {
      method: request.method,
      path: request.url.split('?')[0],
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      workspace: request.caller?.workspaceId,
    },
    'answered',
  );
  done();
}

/** Checks without changing anything. Fastify's own validation coerces and removes (docs/decisions/0003-checking.md). */
const buildValidator = () => validator;
const validator = ({ schema, httpPart }: { schema: Schema; httpPart?: string }) => {
  if (httpPart === 'querystring') return (query: unknown) => caught(() => readQuery(schema, query));
  if (httpPart !== 'body' || schema['x-handler-checks']) return () => true;
  return (body: unknown) => {
    const issues = issuesOf(schema, body);
    return issues.length === 0 ? true : { error: invalid(issues) };
  };
};

/** Answers are sent unchanged: fields that the schema does not declare stay, and a null stays null. */
const buildSerializer = () => () => (answer: unknown) => JSON.stringify(answer);

const compilers = { buildValidator, buildSerializer } as unknown as Compilers;
type Compilers = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>;

function caught(read: () => unknown): { value: unknown } | { error: Error } {
  try {
    return { value: read() };
  } catch (error) {
    return { error: error as Error };
  }
}
