/** Idempotency keys: claims a key when the body has been read, and stores the answer before it is sent. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Attempt, IdempotencyService } from '../workspaces/idempotency-service.ts';
import { credentials } from './dialect.ts';

declare module 'fastify' {
  interface FastifyRequest {
    attempt?: Attempt;
  }
}

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** Headers that a replayed answer repeats. The others belong to one response, such as the request id. */
const STORED_HEADERS = [
  'content-type',
  'etag',
  'parlance-revision',
  'parlance-changed',
  'parlance-ignored',
  'location',
];

/** Adds the hooks that replay the stored answer of a repeated request. */
export function replay(scope: FastifyInstance, idempotency: IdempotencyService): void {
  // Most requests have no key: for them these hooks create no promise.
  scope.addHook('preHandler', (request, reply, done) => {
    const key = credentials.header(request, 'idempotency-key');
    const applies =
      key !== undefined && WRITES.has(request.method) && request.caller && !request.caller.writeOptions.dryRun;
    if (!applies) done();
    else claim(key, request, reply).then((replayed) => replayed || done(), done);
  });

  /** Returns true where it has sent the stored answer again. */
  const claim = async (key: string, request: FastifyRequest, reply: FastifyReply): Promise<boolean> => {
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
    // A request that failed in the server, or met the rate limit, may be tried again with the same key.
    const settled =
      reply.statusCode >= 500 || reply.statusCode === 429
        ? attempt.abandon()
        : attempt.finish({ status: reply.statusCode, headers: headersOf(reply), body: textOf(payload) });
    settled.then(() => done(null, payload), done);
  });
}

const textOf = (payload: unknown): string => (typeof payload === 'string' ? payload : '');

function headersOf(reply: FastifyReply): Record<string, string> {
  const present = STORED_HEADERS.filter((name) => reply.hasHeader(name));
  return Object.fromEntries(present.map((name) => [name, String(reply.getHeader(name))]));
}
