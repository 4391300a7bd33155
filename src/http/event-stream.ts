/**
 * Server-sent events to one client. The stream begins with its first event, so that what goes wrong before it is still
 * an ordinary answer. Whoever writes waits for a slow client, and one that stays slow is gone: nothing piles up.
 */
import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface EventStream {
  /** The client has gone, or was too slow for too long. */
  readonly signal: AbortSignal;
  /** Whether anything has been sent: from then on there is no other answer. */
  readonly begun: boolean;
  /** Answers when the client can take more. Never fails: to somebody who has gone nothing is sent. */
  send(data: string | object, event?: string): Promise<void>;
}

export interface EventOptions {
  /** A sign of life, so that nobody on the way takes a long thought for a dead connection. */
  heartbeatMs?: number;
  /** How long a client may take nothing. */
  patienceMs?: number;
  /** What whoever repeats the request under the same idempotency key is told; undefined: to try again. */
  replay?: () => string | undefined;
}

const HEARTBEAT_MS = 15_000;
const PATIENCE_MS = 30_000;
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
};

/** Carries out `work` with a stream. What it throws before the first event is thrown on; after it, `broken` is told. */
export async function streamEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  work: (events: EventStream) => Promise<void>,
  broken: (error: unknown, events: EventStream) => Promise<void>,
  { heartbeatMs = HEARTBEAT_MS, patienceMs = PATIENCE_MS, replay }: EventOptions = {},
): Promise<FastifyReply> {
  const { raw } = reply;
  const gone = new AbortController();
  let begun = false;
  let over = false;
  const leave = () => gone.abort();
  raw.on('close', leave);
  raw.on('error', leave);

  const begin = (): void => {
    if (begun) return;
    begun = true;
    reply.hijack();
    const headers = reply.getHeaders() as OutgoingHttpHeaders;
    raw.writeHead(200, { ...headers, ...HEADERS, 'x-request-id': request.id });
  };

  const drained = (): Promise<void> =>
    new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        raw.off('drain', done);
        gone.signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(() => {
        leave();
        raw.destroy();
      }, patienceMs);
      raw.on('drain', done);
      gone.signal.addEventListener('abort', done);
    });
  /** All who write while the client takes nothing wait for the same moment. */
  let waiting: Promise<void> | undefined;
  const write = (text: string): Promise<void> => {
    if (gone.signal.aborted || over) return Promise.resolve();
    begin();
    if (raw.write(text)) return Promise.resolve();
    waiting ??= drained().finally(() => {
      waiting = undefined;
    });
    return waiting;
  };

  const events: EventStream = {
    signal: gone.signal,
    get begun() {
      return begun;
    },
    send: (data, event) => {
      const text = typeof data === 'string' ? data : JSON.stringify(data);
      return write(`${event === undefined ? '' : `event: ${event}\n`}data: ${text}\n\n`);
    },
  };

  const heartbeat = setInterval(() => {
    if (!raw.writableNeedDrain) void write(':\n\n');
  }, heartbeatMs);
  try {
    await work(events);
  } catch (error) {
    if (!begun && !gone.signal.aborted) throw error;
    await broken(error, events);
  } finally {
    over = true;
    clearInterval(heartbeat);
    raw.off('close', leave);
    if (begun || gone.signal.aborted) await close(request, reply, replay);
  }
  return reply;
}

/** A stream ends past everything that answers usually go through; what matters of that is done here. */
async function close(request: FastifyRequest, reply: FastifyReply, replay: EventOptions['replay']): Promise<void> {
  reply.hijack();
  const { attempt } = request;
  delete request.attempt;
  const headers = { 'content-type': HEADERS['content-type'] };
  const body = replay?.();
  if (body === undefined) await attempt?.abandon();
  else await attempt?.finish({ status: 200, headers, body });
  reply.raw.end();
}
