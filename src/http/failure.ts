/** Whatever was thrown becomes one of our faults, what nobody expected is logged, and the dialect words the answer. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { inDialectTerms } from '../agents/change/rows.ts';
import { Fault } from '../faults.ts';
import type { Dialect } from './dialect.ts';

export type Answerer = (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply;

export function answerer(dialect: Dialect, now: () => Date): Answerer {
  return (error, request, reply) => {
    const fault = faultOf(error, request);
    // A query is judged by the contract and never in the hub's words, even where a parameter is called like one of its fields.
    const isAsked = fault.code === 'invalid_query';
    const issues = fault.issues.map((issue) =>
      isAsked || isOfThisBody(request, dialect, issue.path) ? issue : inDialectTerms(dialect.tables, issue),
    );
    const worded = issues.length > 0 ? reworded(fault, issues) : fault;
    const failure = dialect.faults[fault.code](worded, {
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

/** A body that is not an agent's has fields of its own: what the tables call a field of the hub is none of theirs. */
function isOfThisBody({ routeOptions }: FastifyRequest, { tables }: Dialect, path: string): boolean {
  const { properties = {} } = (routeOptions.schema?.body ?? {}) as { properties?: object };
  const [field = ''] = path.split('.');
  return Object.hasOwn(properties, field) && !tables.some(({ rows }) => rows.some((row) => row.field === field));
}

/** The same fault, its issues in the tongue's words and its sentence about the first of them. */
function reworded(fault: Fault, issues: Fault['issues']): Fault {
  const first = issues[0]!;
  const message = fault.code === 'invalid_value' ? `${first.path} ${first.message}`.trim() : fault.message;
  return new Fault(fault.code, { ...fault.details, issues, message }, fault.note);
}

export function faultOf(error: unknown, request: FastifyRequest): Fault {
  if (error instanceof Fault) {
    if (error.note) request.log.warn({ code: error.code, note: error.note }, 'refused');
    return error;
  }
  const { code, name, statusCode } = error as { code?: string; name?: string; statusCode?: number };
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new Fault('unsupported_media');
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new Fault('too_large');
  if (code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH') return new Fault('invalid_body');
  if (code === 'FST_ERR_BAD_URL' || code === 'FST_ERR_MAX_PARAM_LENGTH') return new Fault('route_missing');
  if (name === 'StoreUnavailable') {
    request.log.error({ err: error }, 'the store cannot answer');
    return new Fault('unavailable', { retryAfterSeconds: 1 });
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return new Fault('invalid_body');
  request.log.error({ err: error }, 'nobody expected this');
  return new Fault('internal');
}
