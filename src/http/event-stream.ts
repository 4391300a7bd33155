/** Sends server-sent events to one client. The writer waits for a slow client; one that stays slow is disconnected. */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface EventStream {
  /** Aborts when the client has disconnected, or has read nothing for too long. */
  readonly signal: AbortSignal;
  /** Whether an event has been sent. From then on the request can have no other answer. */
  readonly started: boolean;
  /** Resolves when the client can take more. Never rejects: events after a disconnect are dropped. */
  send(data: string | object, event?: string): Promise<void>;
}

export interface EventOptions {
  /** The time between comments that keep the connection open through proxies while the model thinks. */
  heartbeatMs?: number;
  /** How long a client may read nothing before it is disconnected. */
  stallTimeoutMs?: number;
  /** The answer to a repeated request with the same idempotency key; undefined: the client tries again. */
  replay?: () => string | undefined;
}

const HEARTBEAT_MS = 15_000;
const STALL_TIMEOUT_MS = 30_000;
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
};

/**
 * Runs `work` with a stream. The stream starts with its first event: an error before it is thrown, and becomes an
 * ordinary answer. A later error goes to `onError`.
 */
export async function streamEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  work: (events: EventStream) => Promise<void>,
  onError: (error: unknown, events: EventStream) => Promise<void>,
  { heartbeatMs = HEARTBEAT_MS, stallTimeoutMs = STALL_TIMEOUT_MS, replay }: EventOptions = {},
): Promise<FastifyReply> {
  const stream = new ResponseStream(request, reply, stallTimeoutMs);
  const heartbeat = setInterval(() => stream.sendHeartbeat(), heartbeatMs);
  try {
    await work(stream);
  } catch (error) {
    if (!stream.started && !stream.signal.aborted) throw error;
    await onError(error, stream);
  } finally {
    clearInterval(heartbeat);
    stream.end();
    if (stream.started || stream.signal.aborted) await finish(request, reply, replay);
  }
  return reply;
}

class ResponseStream implements EventStream {
  readonly #reply: FastifyReply;
  readonly #raw: ServerResponse;
  readonly #requestId: string;
  readonly #stallTimeoutMs: number;
  readonly #disconnected = new AbortController();
  #started = false;
  #ended = false;
  /** Every writer waits for the same drain. */
  #draining: Promise<void> | undefined;

  constructor(request: FastifyRequest, reply: FastifyReply, stallTimeoutMs: number) {
    this.#reply = reply;
    this.#raw = reply.raw;
    this.#requestId = request.id;
    this.#stallTimeoutMs = stallTimeoutMs;
    this.#raw.on('close', this.#disconnect);
    this.#raw.on('error', this.#disconnect);
  }

  get signal(): AbortSignal {
    return this.#disconnected.signal;
  }

  get started(): boolean {
    return this.#started;
  }

  send(data: string | object, event?: string): Promise<void> {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    return this.#write(`${event === undefined ? '' : `event: ${event}\n`}data: ${text}\n\n`);
  }

  /** Sends a comment, unless the client is slow already. */
  sendHeartbeat(): void {
    if (!this.#raw.writableNeedDrain) void this.#write(':\n\n');
  }

  /** Drops everything that is sent after it. */
  end(): void {
    this.#ended = true;
    // The error listener stays: an error without one would end the process.
    this.#raw.off('close', this.#disconnect);
  }

  readonly #disconnect = (): void => this.#disconnected.abort();

  #write(text: string): Promise<void> {
    if (this.signal.aborted || this.#ended) return Promise.resolve();
    this.#begin();
    if (this.#raw.write(text)) return Promise.resolve();
    this.#draining ??= this.#drained().finally(() => {
      this.#draining = undefined;
    });
    return this.#draining;
  }

  #begin(): void {
    if (this.#started) return;
    this.#started = true;
    this.#reply.hijack();
    const headers = this.#reply.getHeaders() as OutgoingHttpHeaders;
    this.#raw.writeHead(200, { ...headers, ...HEADERS, 'x-request-id': this.#requestId });
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#raw.off('drain', done);
        this.signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#disconnect();
        this.#raw.destroy();
      }, this.#stallTimeoutMs);
      this.#raw.on('drain', done);
      this.signal.addEventListener('abort', done);
    });
  }
}

/** Fastify's hooks do not run for a hijacked reply, so the idempotency attempt is settled here. */
async function finish(request: FastifyRequest, reply: FastifyReply, replay: EventOptions['replay']): Promise<void> {
  reply.hijack();
  const { attempt } = request;
  delete request.attempt;
  const headers = { 'content-type': HEADERS['content-type'] };
  const body = replay?.();
  if (body === undefined) await attempt?.abandon();
  else await attempt?.finish({ status: 200, headers, body });
  reply.raw.end();
}
