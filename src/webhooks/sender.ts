/** Sends one delivery to its endpoint and reports the result. */

import { type HttpAnswer, type Send, TargetError } from '../lib/outgoing-http.ts';
import { SIGNATURES } from './signatures.ts';
import type { Attempt, SendWebhook } from './webhook.ts';
import { DEFAULT_TIMEOUT_MS } from './webhook.ts';

/** The body of an answer is not used. Reading a short one lets the endpoint finish it. */
const MAX_ANSWER_BYTES = 4096;
/** The longest `Retry-After` that is honoured. */
const MAX_WAIT_MS = 4 * 3_600_000;

export function createWebhookSender(send: Send, now: () => Date): SendWebhook {
  return async (webhook, { eventId, payload }) => {
    const startedAt = performance.now();
    const timed = (attempt: Omit<Attempt, 'durationMs'>): Attempt => ({
      ...attempt,
      durationMs: Math.round(performance.now() - startedAt),
    });
    try {
      const { dialect, secret, options, url } = webhook;
      const signed = await SIGNATURES[dialect]({ eventId, at: now(), body: payload, secret, options });
      const extraHeaders = Object.fromEntries((options.headers ?? []).map(({ name, value }) => [name, value]));
      const answer = await send({
        method: 'POST',
        url,
        headers: { ...extraHeaders, 'Content-Type': 'application/json', 'User-Agent': 'Parlance-Webhooks', ...signed },
        body: payload,
        timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        maxBytes: MAX_ANSWER_BYTES,
      });
      return timed(resultOf(answer, now()));
    } catch (error) {
      const message = error instanceof TargetError ? error.message : 'The request could not be made.';
      return timed({ ok: false, status: null, error: message });
    }
  };
}

/** Any status from 200 to 299 is a success. */
function resultOf({ status, headers }: HttpAnswer, now: Date): Omit<Attempt, 'durationMs'> {
  if (status >= 200 && status < 300) return { ok: true, status, error: null };
  const redirected = status >= 300 && status < 400;
  const error = `The endpoint answered ${status}${redirected ? '; redirects are not followed' : ''}.`;
  const wait = parseRetryAfter(headers['retry-after'], now);
  return { ok: false, status, error, ...(wait !== undefined && { retryAfterMs: wait }) };
}

/** Milliseconds to wait, from a number of seconds or an HTTP date. */
function parseRetryAfter(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now.getTime();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_WAIT_MS);
}
