/** Idempotency keys at the door: taken once the body is read, and the answer kept before it leaves. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Attempt, IdempotencyService } from '../workspaces/idempotency-service.ts';
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
  // Most requests have no key: for them these hooks are one look and no promise.
  scope.addHook('preHandler', (request, reply, done) => {
    const key = credentials.header(request, 'idempotency-key');
    const counts =
      key !== undefined && WRITES.has(request.method) && request.caller && !request.caller.writeOptions.dryRun;
    if (!counts) done();
    else begin(key, request, reply).then((replayed) => replayed || done(), done);
  });

  /** Answers whether the first answer was given again. */
  const begin = async (key: string, request: FastifyRequest, reply: FastifyReply): Promise<boolean> => {
    const { method, url, body } = request;
    const attempt = await idempotency.begin(request.caller, key, JSON.stringify([method, url, body ?? null]));
    if (!attempt.answer) {
      request.attempt = attempt;
      return false;
    }
    const { status, headers, body: text } = attempt.answer;
    await reply.code(status).headers(headers).header('Idempotency-Replayed', 'true').send(text);
    return true;
  };

  scope.addHook('onSend', (request, reply, payload, done) => {
    const { attempt } = request;
    if (!attempt) {
      done(null, payload);
      return;
    }
    delete request.attempt;
    // What failed on our side may be tried again; everything else was an answer.
    const kept =
      reply.statusCode >= 500 || reply.statusCode === 429
        ? attempt.abandon()
        : attempt.finish({ status: reply.statusCode, headers: headersOf(reply), body: textOf(payload) });
    kept.then(() => done(null, payload), done);
  });
}

const textOf = (payload: unknown): string => (typeof payload === 'string' ? payload : '');

function headersOf(reply: FastifyReply): Record<string, string> {
  const kept = KEPT_HEADERS.filter((name) => reply.hasHeader(name));
  return Object.fromEntries(kept.map((name) => [name, String(reply.getHeader(name))]));
}
