/** The door: what holds for every request, whichever tongue it speaks. */
import { randomBytes } from 'node:crypto';
import fastify, { type FastifyInstance, LogController } from 'fastify';
import type { Config } from '../config.ts';
import { invalid } from '../faults.ts';
import { issuesOf } from '../model/check.ts';
import type { Schema } from '../model/schema.ts';
import { readQuery } from './query.ts';

export interface ServerOptions {
  config: Config;
  /** Where the dialect of that name is mounted. */
  prefixOf: (dialect: string) => string;
}

export function createServer({ config, prefixOf }: ServerOptions): FastifyInstance {
  const app = fastify({
    bodyLimit: config.bodyLimitBytes,
    trustProxy: config.trustProxy,
    forceCloseConnections: 'idle',
    genReqId: () => `req_${randomBytes(12).toString('hex')}`,
    logger: { level: config.logLevel },
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
    rewriteUrl: (request) => addressOf(request.url ?? '/', request.headers.host),
  });

  const addressOf = (url: string, host: string | undefined): string => {
    if (config.hosts.size === 0 || !host) return url;
    const dialect = config.hosts.get(host.toLowerCase()) ?? config.hosts.get(host.toLowerCase().replace(/:\d+$/, ''));
    return dialect ? prefixOf(dialect) + url : url;
  };

  // Fastify's own validation coerces, fills in and removes; ours only judges (docs/decisions/0003-checking.md).
  app.setValidatorCompiler(({ schema, httpPart }) => {
    const shape = schema as Schema;
    if (httpPart === 'querystring') return (query: unknown) => attempt(() => readQuery(shape, query));
    if (httpPart !== 'body' || shape['x-late']) return () => true;
    return (body: unknown) => {
      const issues = issuesOf(shape, body);
      return issues.length === 0 ? true : { error: invalid(issues) };
    };
  });
  // Answers leave as they are: an undeclared field is not hidden, a null stays null.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));

  app.addHook('onSend', async (request, reply) => {
    reply.header('X-Request-Id', request.id);
    reply.header('X-Content-Type-Options', 'nosniff');
  });
  app.addHook('onResponse', async (request, reply) => {
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
  });
  app.decorateRequest('caller');
  return app;
}

function attempt(read: () => unknown): { value: unknown } | { error: Error } {
  try {
    return { value: read() };
  } catch (error) {
    return { error: error as Error };
  }
}
