/** Tools that are a request to somebody's server. Whatever the server does, the conversation goes on. */
import type { ToolCall } from '../../conversations/conversation.ts';
import type { ToolOutcome } from '../../conversations/ports.ts';
import { type Incoming, REFUSED, type Send, TargetError } from '../../lib/outgoing-http.ts';
import type { JsonObject } from '../../lib/values.ts';
import { MASK, secretsOf } from '../../tools/secrets.ts';
import type { ToolSpec } from '../../tools/tool.ts';
import { signedIn } from './auth.ts';
import { Unusable } from './placeholders.ts';
import { type Prepared, requestOf } from './request.ts';

export interface HttpParts {
  send: Send;
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface HttpCall {
  spec: ToolSpec;
  call: ToolCall;
  /** What placeholders may name beside the arguments. */
  known: JsonObject;
  /** What the agent said of the tool when it was attached. */
  config: JsonObject;
  /** The same for every attempt at this call, and for no other call. */
  idempotencyKey: string;
}

const TIMEOUT_MS = 30_000;
/** More than that no model reads with profit. */
export const MAX_ANSWER_BYTES = 65_536;
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 5000;

const failed = (output: string): ToolOutcome => ({ output, failed: true });

export async function runHttpTool(
  { spec, call, known, config, idempotencyKey }: HttpCall,
  { send, wait }: HttpParts,
  signal: AbortSignal,
): Promise<ToolOutcome> {
  let request: Prepared;
  try {
    request = requestOf(spec, { input: call.input, known, config });
  } catch (error) {
    if (error instanceof Unusable) return failed(error.message);
    throw error;
  }
  // Whoever allows repeats allows them for every method, so a server needs a way to tell a repeat from a second wish.
  const headers =
    spec.retries && !/^(GET|PUT|DELETE)$/.test(request.method)
      ? { 'Idempotency-Key': idempotencyKey, ...request.headers }
      : request.headers;
  const timeoutMs = spec.timeoutMs ?? TIMEOUT_MS;

  for (let attempt = 0; ; attempt += 1) {
    const begun = performance.now();
    const answer = await send({ ...request, headers, timeoutMs, maxBytes: MAX_ANSWER_BYTES, signal }).catch(
      (error: unknown) => (error instanceof TargetError ? error : new TargetError('The request could not be made.')),
    );
    // After all the time that there was, nobody waits for the same again.
    const late = performance.now() - begun >= timeoutMs;
    const again = attempt < (spec.retries ?? 0) && !late && !signal.aborted && isPassing(answer);
    if (!again) return outcomeOf(answer, late, spec);
    await wait(pauseOf(answer, attempt), signal);
  }
}

/** Whether it may go better the next time. */
function isPassing(answer: Incoming | TargetError): boolean {
  if (answer instanceof TargetError) return answer.message !== REFUSED;
  return answer.status >= 500 || answer.status === 429 || isCutOff(answer);
}

const isCutOff = ({ complete, body }: Incoming): boolean => !complete && body.length < MAX_ANSWER_BYTES;

function pauseOf(answer: Incoming | TargetError, attempt: number): number {
  const asked = answer instanceof TargetError ? Number.NaN : Number(answer.headers['retry-after']);
  const pause = Number.isFinite(asked) ? asked * 1000 : FIRST_PAUSE_MS * 2 ** attempt;
  return Math.min(Math.max(pause, 0), MAX_PAUSE_MS);
}

function outcomeOf(answer: Incoming | TargetError, late: boolean, spec: ToolSpec): ToolOutcome {
  if (answer instanceof TargetError) return failed(answer.message);
  const { status } = answer;
  const content = covered(textOf(answer), spec);
  if (status >= 300 && status < 400) return failed(`The server answered ${status}; redirects are not followed.`);
  if (status < 200 || status >= 400) return failed(`The server answered ${status}.\n${content}`.trim());
  if (isCutOff(answer))
    return failed(`The answer ${late ? 'took too long' : 'broke off'} before its end.\n${content}`.trim());
  return { output: content === '' ? `The server answered ${status}, without content.` : content, failed: false };
}

const TEXT_TYPES =
  /^(text\/|application\/([\w.+-]*\+)?(json|xml|yaml)\b|application\/(x-www-form|javascript|x-ndjson))/i;

/** What a model can read of an answer; of anything else only what it is. */
function textOf(answer: Incoming): string {
  const { headers, body, complete } = answer;
  if (body.length === 0) return '';
  const type = headers['content-type'] ?? '';
  const encoding = headers['content-encoding'] ?? 'identity';
  const readable = encoding === 'identity' && (type === '' || TEXT_TYPES.test(type));
  const text = readable ? decoded(body, type, complete) : undefined;
  const size = complete ? `${body.length} bytes` : `more than ${body.length} bytes`;
  if (text === undefined) return `[The answer is not text: ${type.split(';')[0] || 'of an unknown type'}, ${size}.]`;
  return complete || isCutOff(answer) ? text : `${text}\n[The answer is longer; this is its beginning.]`;
}

function decoded(body: Buffer, type: string, complete: boolean): string | undefined {
  const charset = /charset="?([\w-]+)/i.exec(type)?.[1] ?? 'utf-8';
  try {
    // A beginning may end in the middle of a letter.
    const text = new TextDecoder(charset, { fatal: true }).decode(body, { stream: !complete });
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

/** A server that repeats what it was sent must not make the conversation tell a secret. */
function covered(text: string, spec: ToolSpec): string {
  const { headers, query } = signedIn(spec.http?.auth ?? {});
  const made = [...Object.values(headers), ...Object.values(query)].flatMap((value) => value.split(' ').slice(-1));
  const secrets = [...secretsOf(spec), ...made.filter(({ length }) => length >= 6)];
  return secrets
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
    .reduce((result, secret) => result.replaceAll(secret, MASK), text);
}
