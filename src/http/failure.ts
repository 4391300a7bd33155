/** Whatever was thrown becomes one of our faults, and what nobody expected is logged. */
import type { FastifyRequest } from 'fastify';
import { Fault } from '../faults.ts';

export function faultOf(error: unknown, request: FastifyRequest): Fault {
  if (error instanceof Fault) {
    if (error.note) request.log.warn({ code: error.code, note: error.note }, 'refused');
    return error;
  }
  const { code, name, statusCode } = error as { code?: string; name?: string; statusCode?: number };
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new Fault('unsupported_media');
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new Fault('too_large');
  if (code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH') return new Fault('invalid_body');
  if (code === 'FST_ERR_BAD_URL') return new Fault('route_missing');
  if (name === 'StoreUnavailable') {
    request.log.error({ err: error }, 'the store cannot answer');
    return new Fault('unavailable', { retryAfterSeconds: 1 });
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return new Fault('invalid_body');
  request.log.error({ err: error }, 'nobody expected this');
  return new Fault('internal');
}
