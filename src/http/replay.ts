/** Idempotency keys at the door: taken once the body is read, and the answer kept before it leaves. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Attempt, IdempotencyService } from '../services/idempotency.ts';
import { credentials } from './dialect.ts';

declare module 'fastify' {
  interface FastifyRequest {
    attempt?: Attempt;
  }
}

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** Headers that belong to the answer, not to the moment it was given. */
const KEPT_HEADERS = ['content-type', 'etag', 'parlance-revision', 'parlance-changed', 'parlance-ignored', 'location'];

export function replay(scope: FastifyInstance, idempotency: IdempotencyService): void {
  scope.addHook('preHandler', async (request, reply) => {
    const key = credentials.header(request, 'idempotency-key');
    if (key === undefined || !WRITES.has(request.method) || !request.caller || request.caller.terms.dryRun) return;
    const { method, url, body } = request;
    const attempt = await idempotency.begin(request.caller, key, JSON.stringify([method, url, body ?? null]));
    if (!attempt.answer) {
      request.attempt = attempt;
      return;
    }
    const { status, headers, body: text } = attempt.answer;
    await reply.code(status).headers(headers).header('Idempotency-Replayed', 'true').send(text);
  });

  scope.addHook('onSend', async (request, reply, payload) => {
    const { attempt } = request;
    if (!attempt) return payload;
    delete request.attempt;
    // What failed on our side may be tried again; everything else was an answer.
    if (reply.statusCode >= 500 || reply.statusCode === 429) await attempt.abandon();
    else await attempt.finish({ status: reply.statusCode, headers: headersOf(reply), body: textOf(payload) });
    return payload;
  });
}

const textOf = (payload: unknown): string => (typeof payload === 'string' ? payload : '');

function headersOf(reply: FastifyReply): Record<string, string> {
  const kept = KEPT_HEADERS.filter((name) => reply.hasHeader(name));
  return Object.fromEntries(kept.map((name) => [name, String(reply.getHeader(name))]));
}
