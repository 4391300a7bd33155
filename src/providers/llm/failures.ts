/** Why a model did not answer, out of what its client throws: never with a secret in it, and whether to ask again. Pure. */

import { ModelFailure } from '../../conversations/ports.ts';
import { isObject } from '../../lib/values.ts';

type Kind = ModelFailure['kind'];

export interface Trouble {
  failure: ModelFailure;
  /** Asking again may help. */
  passing: boolean;
  /** What the provider asked to wait. */
  retryAfterMs?: number;
}

/** `secrets` are struck out of whatever a provider says. */
export function troubleOf(error: unknown, model: string, secrets: readonly string[], now: Date): Trouble {
  if (error instanceof ModelFailure) return { failure: error, passing: false };
  const facts = isObject(error) ? error : {};
  const kind = kindOf(facts);
  const status = typeof facts['statusCode'] === 'number' ? facts['statusCode'] : undefined;
  const passing = kind === 'unavailable' || kind === 'cut' || kind === 'rate-limited';
  const waiting = retryAfter(facts['responseHeaders'], now);
  // What a provider says of a key it does not know may hold most of that key.
  const said = status === 401 || status === 403 ? '' : clean(String(facts['message'] ?? ''), secrets);
  const answered = status === undefined || status === 200 ? 'gave no answer' : `answered ${status}`;
  return {
    failure: new ModelFailure(kind, `${model} ${answered} (${kind})${said === '' ? '.' : `: ${said}`}`),
    passing,
    ...(waiting !== undefined && { retryAfterMs: waiting }),
  };
}

const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500;

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
  if (name === 'Torn') return 'cut';
  // The line was torn after the answer had begun.
  if (name === 'TypeError' && message === 'terminated') return 'cut';
  if (is(MALFORMED)) return 'garbage';
  if (statusCode === 200 && isObject(cause)) return kindOf(cause);
  if (typeof statusCode === 'number') return kindOfStatus(statusCode);
  // An error that a provider puts into the stream of an answer that it had begun.
  if (/rate.?limit|too many requests/i.test(`${error['type']} ${error['code']} ${message}`)) return 'rate-limited';
  if (is(['NoSuchModelError'])) return 'unknown-model';
  return is(REFUSED) ? 'refused' : 'unavailable';
}

function kindOfStatus(status: number): Kind {
  if (status === 429) return 'rate-limited';
  if (status === 404) return 'unknown-model';
  if (status < 400) return 'garbage';
  return isPassing(status) ? 'unavailable' : 'refused';
}

/** Seconds or a date, and OpenAI's own milliseconds. */
function retryAfter(headers: unknown, now: Date): number | undefined {
  if (!isObject(headers)) return undefined;
  const inMs = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (Number.isFinite(inMs)) return Math.max(inMs, 0);
  const after = headers['retry-after'];
  if (typeof after !== 'string' || after === '') return undefined;
  const ms = Number.isFinite(Number(after)) ? Number(after) * 1000 : Date.parse(after) - now.getTime();
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0);
}

function clean(message: string, secrets: readonly string[]): string {
  const struck = secrets.reduce((text, secret) => text.replaceAll(secret, '…'), message);
  const line = struck
    .replace(/\b(?:sk|pk|key|AIza)[-_][\w*.-]{6,}|\bAIza[\w-]{10,}|Bearer\s+\S+/g, '…')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
