/** Classifies what the clients of models throw: the failure without secrets, and whether to ask again. Pure. */

import { ModelFailure } from '../../conversations/ports.ts';
import { isObject } from '../../lib/values.ts';

type Kind = ModelFailure['kind'];

export interface ClassifiedError {
  failure: ModelFailure;
  /** Another attempt may succeed. */
  retryable: boolean;
  /** How long the provider asks to wait. */
  retryAfterMs?: number;
}

/** `secrets` are removed from the provider's message. */
export function classifyError(error: unknown, model: string, secrets: readonly string[], now: Date): ClassifiedError {
  if (error instanceof ModelFailure) return { failure: error, retryable: false };
  const fields = isObject(error) ? error : {};
  const kind = kindOf(fields);
  const status = typeof fields['statusCode'] === 'number' ? fields['statusCode'] : undefined;
  const retryable = kind === 'unavailable' || kind === 'cut' || kind === 'rate-limited';
  const retryAfterMs = retryAfter(fields['responseHeaders'], now);
  // The message about an invalid key may contain most of that key.
  const message = status === 401 || status === 403 ? '' : clean(String(fields['message'] ?? ''), secrets);
  const answered = status === undefined || status === 200 ? 'did not answer' : `answered ${status}`;
  return {
    failure: new ModelFailure(kind, `${model} ${answered} (${kind})${message === '' ? '.' : `: ${message}`}`),
    retryable,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

const isRetryable = (status: number): boolean => status === 408 || status === 429 || status >= 500;

const MALFORMED = ['JSONParseError', 'TypeValidationError', 'InvalidResponseDataError', 'EmptyResponseBodyError'];
const REFUSED = [
  'InvalidPromptError',
  'InvalidArgumentError',
  'UnsupportedFunctionalityError',
  'MissingToolResultsError',
];

function kindOf(error: Record<string, unknown>): Kind {
  const { name, statusCode, message, cause } = error;
  const is = (names: readonly string[]) => names.some((one) => name === `AI_${one}`);
  if (message === 'Response stream ended without a finish reason.') return 'cut';
  if (name === 'StreamCutError') return 'cut';
  // The connection broke after the answer had started.
  if (name === 'TypeError' && message === 'terminated') return 'cut';
  if (is(MALFORMED)) return 'garbage';
  if (statusCode === 200 && isObject(cause)) return kindOf(cause);
  if (typeof statusCode === 'number') return kindOfStatus(statusCode);
  // Providers report errors inside the stream of an answer that has started.
  if (/rate.?limit|too many requests/i.test(`${error['type']} ${error['code']} ${message}`)) return 'rate-limited';
  if (is(['NoSuchModelError'])) return 'unknown-model';
  return is(REFUSED) ? 'refused' : 'unavailable';
}

function kindOfStatus(status: number): Kind {
  if (status === 429) return 'rate-limited';
  if (status === 404) return 'unknown-model';
  if (status < 400) return 'garbage';
  return isRetryable(status) ? 'unavailable' : 'refused';
}

/** Milliseconds from `retry-after-ms` (OpenAI), or from `retry-after` in seconds or as a date. */
function retryAfter(headers: unknown, now: Date): number | undefined {
  if (!isObject(headers)) return undefined;
  const inMs = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (Number.isFinite(inMs)) return Math.max(inMs, 0);
  const after = headers['retry-after'];
  if (typeof after !== 'string' || after === '') return undefined;
  const ms = Number.isFinite(Number(after)) ? Number(after) * 1000 : Date.parse(after) - now.getTime();
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0);
}

/** The message on one line, without secrets and shortened to 200 characters. */
function clean(message: string, secrets: readonly string[]): string {
  const redacted = secrets.reduce((text, secret) => text.replaceAll(secret, '…'), message);
  const line = redacted
    .replace(/\b(?:sk|pk|key|AIza)[-_][\w*.-]{6,}|\bAIza[\w-]{10,}|Bearer\s+\S+/g, '…')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
