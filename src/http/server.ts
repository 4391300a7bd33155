/** The door: what holds for every request, whichever tongue it speaks. */
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
import { shareWith } from './cors.ts';
import type { Dialect } from './dialect.ts';
import { type Answerer, answerer } from './failure.ts';
import { readQuery } from './query.ts';

export interface ServerOptions {
  config: Config;
  /** The first of them answers for whatever belongs to none. */
  dialects: readonly Dialect[];
  now: () => Date;
}

export function createServer({ config, dialects, now }: ServerOptions): FastifyInstance {
  // What no plugin gets to see, such as an address that is not one, is still answered in the tongue it was asked in.
  const answers = dialects.map((dialect) => ({ prefix: dialect.prefix, answer: answerer(dialect, now) }));
  const answer: Answerer = (error, request, reply) => {
    const spoken = answers.find(({ prefix }) => request.url === prefix || request.url.startsWith(`${prefix}/`));
    return (spoken ?? answers[0]!).answer(error, request, reply.header('X-Request-Id', request.id));
  };

  const app = fastify({
    bodyLimit: config.bodyLimitBytes,
    trustProxy: config.trustProxy,
    forceCloseConnections: 'idle',
    // Our own compilers from the start, so that Fastify never loads the ones it would bring.
    schemaController: { compilersFactory: compilers },
    // A UUID costs a fifth of random bytes: Node draws the chance for many of them at once.
    genReqId: () => `req_${randomUUID().replaceAll('-', '').slice(0, 24)}`,
    logger: { level: config.logLevel },
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
    frameworkErrors: answer,
    rewriteUrl: (request) => addressOf(request.url ?? '/', request.headers.host),
  });

  const addressOf = (url: string, host: string | undefined): string => {
    if (config.hosts.size === 0 || !host) return url;
    const dialect = config.hosts.get(host.toLowerCase()) ?? config.hosts.get(host.toLowerCase().replace(/:\d+$/, ''));
    return (dialects.find((one) => one.name === dialect)?.prefix ?? '') + url;
  };

  app.addHook('onSend', (request, reply, payload, done) => {
    reply.header('X-Request-Id', request.id);
    reply.header('X-Content-Type-Options', 'nosniff');
    done(null, payload);
  });
  shareWith(app, config.corsOrigins);
  if (LEVELS_THAT_SHOW_ANSWERS.has(config.logLevel)) app.addHook('onResponse', logAnswer);
  app.setErrorHandler(answer);
  app.setNotFoundHandler((request, reply) => answer(new Fault('route_missing'), request, reply));
  app.decorateRequest('caller');
  return app;
}

const LEVELS_THAT_SHOW_ANSWERS: ReadonlySet<string> = new Set(['trace', 'debug', 'info']);

function logAnswer(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
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

/** Fastify's own validation coerces, fills in and removes; ours only judges (docs/decisions/0003-checking.md). */
const judge = ({ schema, httpPart }: { schema: Schema; httpPart?: string }) => {
  if (httpPart === 'querystring') return (query: unknown) => attempt(() => readQuery(schema, query));
  if (httpPart !== 'body' || schema['x-late']) return () => true;
  return (body: unknown) => {
    const issues = issuesOf(schema, body);
    return issues.length === 0 ? true : { error: invalid(issues) };
  };
};

/** Answers leave as they are: an undeclared field is not hidden, a null stays null. */
const asItIs = () => (answer: unknown) => JSON.stringify(answer);

const compilers = { buildValidator: () => judge, buildSerializer: () => asItIs } as unknown as Compilers;
type Compilers = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>;

function attempt(read: () => unknown): { value: unknown } | { error: Error } {
  try {
    return { value: read() };
  } catch (error) {
    return { error: error as Error };
  }
}
