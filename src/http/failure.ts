/** Turns every error into a fault, logs the unexpected ones, and answers in the dialect's own format. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { inDialectTerms } from '../agents/change/rows.ts';
import { Fault } from '../faults.ts';
import type { Dialect } from './dialect.ts';

export type ErrorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply;

export function errorHandler(dialect: Dialect, now: () => Date): ErrorHandler {
  return (error, request, reply) => {
    const fault = faultOf(error, request);
    // Query parameters already have the dialect's names, even where one is named like a field of the hub.
    const isQuery = fault.code === 'invalid_query';
    const issues = fault.issues.map((issue) =>
      isQuery || hasOwnName(request, dialect, issue.path) ? issue : inDialectTerms(dialect.tables, issue),
    );
    const renamed = issues.length > 0 ? withIssues(fault, issues) : fault;
    const failure = dialect.faults[fault.code](renamed, {
      requestId: request.id,
      at: now().toISOString(),
      path: request.url.split('?')[0]!,
    });
    const retry = fault.details.retryAfterSeconds;
    if (retry !== undefined) reply.header('Retry-After', String(retry));
    if (failure.headers) reply.headers(failure.headers);
    return reply.code(failure.status).send(failure.body);
  };
}

/** Only agent bodies use the mapping tables. Paths in other bodies already have the client's field names. */
function hasOwnName({ routeOptions }: FastifyRequest, { tables }: Dialect, path: string): boolean {
  const { properties = {} } = (routeOptions.schema?.body ?? {}) as { properties?: object };
  const [field = ''] = path.split('.');
  return Object.hasOwn(properties, field) && !tables.some(({ rows }) => rows.some((row) => row.field === field));
}

/** The same fault with these issues, and a message about the first of them. */
function withIssues(fault: Fault, issues: Fault['issues']): Fault {
  const first = issues[0]!;
  const message = fault.code === 'invalid_value' ? `${first.path} ${first.message}`.trim() : fault.message;
  return new Fault(fault.code, { ...fault.details, issues, message }, fault.note);
}

/** The fault that an error stands for. Notes of faults and unexpected errors go to the log. */
export function faultOf(error: unknown, request: FastifyRequest): Fault {
  if (error instanceof Fault) {
    if (error.note) request.log.warn({ code: error.code, note: error.note }, 'The request is refused.');
    return error;
  }
  const { code, name, statusCode } = error as { code?: string; name?: string; statusCode?: number };
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new Fault('unsupported_media');
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new Fault('too_large');
  if (code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH') return new Fault('invalid_body');
  if (code === 'FST_ERR_BAD_URL' || code === 'FST_ERR_MAX_PARAM_LENGTH') return new Fault('route_missing');
  if (name === 'StoreUnavailable') {
    request.log.error({ err: error }, 'The database does not answer; the request is refused.');
    return new Fault('unavailable', { retryAfterSeconds: 1 });
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return new Fault('invalid_body');
  request.log.error({ err: error }, 'An unexpected error; the answer says internal.');
  return new Fault('internal');
}
