/** HTTP tools: a request to the operator's server. A failure becomes the outcome of the tool. */
import type { ToolCall } from '../../conversations/conversation.ts';
import type { ToolOutcome } from '../../conversations/ports.ts';
import { type HttpAnswer, REFUSED, type Send, TargetError } from '../../lib/outgoing-http.ts';
import type { JsonObject } from '../../lib/values.ts';
import { MASK, secretsOf } from '../../tools/secrets.ts';
import type { ToolSpec } from '../../tools/tool.ts';
import { credentialsOf } from './auth.ts';
import { Unusable } from './placeholders.ts';
import { type HttpRequest, requestOf } from './request.ts';

export interface HttpParts {
  send: Send;
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface HttpCall {
  spec: ToolSpec;
  call: ToolCall;
  /** The values of the conversation that placeholders may use besides the arguments. */
  context: JsonObject;
  /** The configuration of the attachment. */
  config: JsonObject;
  /** The same for every attempt of this call, and unique among calls. */
  idempotencyKey: string;
}

const TIMEOUT_MS = 30_000;
/** A longer answer is cut, because models have a context limit. */
export const MAX_ANSWER_BYTES = 65_536;
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 5000;

const failed = (output: string): ToolOutcome => ({ output, failed: true });

export async function runHttpTool(
  { spec, call, context, config, idempotencyKey }: HttpCall,
  { send, wait }: HttpParts,
  signal: AbortSignal,
): Promise<ToolOutcome> {
  let request: HttpRequest;
  try {
    request = requestOf(spec, { input: call.input, context, config });
  } catch (error) {
    if (error instanceof Unusable) return failed(error.message);
    throw error;
  }
  // `retries` applies to every method, so the server needs a key to recognise a repeated POST or PATCH.
  const headers =
    spec.retries && !/^(GET|PUT|DELETE)$/.test(request.method)
      ? { 'Idempotency-Key': idempotencyKey, ...request.headers }
      : request.headers;
  const timeoutMs = spec.timeoutMs ?? TIMEOUT_MS;

  for (let attempt = 0; ; attempt += 1) {
    const answer = await send({ ...request, headers, timeoutMs, maxBytes: MAX_ANSWER_BYTES, signal }).catch(
      (error: unknown) => (error instanceof TargetError ? error : new TargetError('The request could not be sent.')),
    );
    // An attempt that used up its time is not repeated: the contact is waiting.
    const { timedOut } = answer;
    const repeat = attempt < (spec.retries ?? 0) && !timedOut && !signal.aborted && isRetryable(answer);
    if (!repeat) return outcomeOf(answer, timedOut, spec);
    await wait(pauseOf(answer, attempt), signal);
  }
}

/** Whether another attempt may succeed. */
function isRetryable(answer: HttpAnswer | TargetError): boolean {
  if (answer instanceof TargetError) return answer.message !== REFUSED;
  return answer.status >= 500 || answer.status === 429 || isCutOff(answer);
}

const isCutOff = ({ complete, body }: HttpAnswer): boolean => !complete && body.length < MAX_ANSWER_BYTES;

function pauseOf(answer: HttpAnswer | TargetError, attempt: number): number {
  const retryAfter = answer instanceof TargetError ? Number.NaN : Number(answer.headers['retry-after']);
  const pause = Number.isFinite(retryAfter) ? retryAfter * 1000 : FIRST_PAUSE_MS * 2 ** attempt;
  return Math.min(Math.max(pause, 0), MAX_PAUSE_MS);
}

function outcomeOf(answer: HttpAnswer | TargetError, timedOut: boolean, spec: ToolSpec): ToolOutcome {
  if (answer instanceof TargetError) return failed(answer.message);
  const { status } = answer;
  const content = masked(textOf(answer), spec);
  if (status >= 300 && status < 400) return failed(`The server answered ${status}; redirects are not followed.`);
  if (status < 200 || status >= 400) return failed(`The server answered ${status}.\n${content}`.trim());
  if (isCutOff(answer))
    return failed(`The answer ${timedOut ? 'took too long' : 'broke off'} before its end.\n${content}`.trim());
  return { output: content === '' ? `The server answered ${status}, without content.` : content, failed: false };
}

const TEXT_TYPES =
  /^(text\/|application\/([\w.+-]*\+)?(json|xml|yaml)\b|application\/(x-www-form|javascript|x-ndjson))/i;

/** The text of an answer; for other content, a sentence with its type and size. */
function textOf(answer: HttpAnswer): string {
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
    // An answer that was cut may end in the middle of a character.
    const text = new TextDecoder(charset, { fatal: true }).decode(body, { stream: !complete });
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Masks secrets, because some servers repeat the request in their answer. */
function masked(text: string, spec: ToolSpec): string {
  const { headers, query } = credentialsOf(spec.http?.auth ?? {});
  const derived = [...Object.values(headers), ...Object.values(query)].flatMap((value) => value.split(' ').slice(-1));
  const secrets = [...secretsOf(spec), ...derived.filter(({ length }) => length >= 6)];
  return secrets
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
    .reduce((result, secret) => result.replaceAll(secret, MASK), text);
}
