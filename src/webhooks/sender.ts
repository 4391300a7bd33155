/** Takes one delivery to its endpoint and says how it went. */

import { type Incoming, type Send, TargetError } from '../lib/outgoing-http.ts';
import { SIGNATURES } from './signatures.ts';
import type { Attempt, SendWebhook } from './webhook.ts';
import { DEFAULT_TIMEOUT_MS } from './webhook.ts';

/** Nobody reads what an endpoint answers; letting it finish a short answer is politeness. */
const ANSWER_BYTES = 4096;
const MAX_WAIT_MS = 4 * 3_600_000;

export function createWebhookSender(send: Send, now: () => Date): SendWebhook {
  return async (webhook, { eventId, payload }) => {
    const begun = performance.now();
    const went = (attempt: Omit<Attempt, 'durationMs'>): Attempt => ({
      ...attempt,
      durationMs: Math.round(performance.now() - begun),
    });
    try {
      const { dialect, secret, options, url } = webhook;
      const signed = await SIGNATURES[dialect]({ eventId, at: now(), body: payload, secret, options });
      const own = Object.fromEntries((options.headers ?? []).map(({ name, value }) => [name, value]));
      const answer = await send({
        method: 'POST',
        url,
        headers: { ...own, 'Content-Type': 'application/json', 'User-Agent': 'Parlance-Webhooks', ...signed },
        body: payload,
        timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        maxBytes: ANSWER_BYTES,
      });
      return went(judged(answer, now()));
    } catch (error) {
      const sentence = error instanceof TargetError ? error.message : 'The request could not be made.';
      return went({ ok: false, status: null, error: sentence });
    }
  };
}

function judged({ status, headers }: Incoming, now: Date): Omit<Attempt, 'durationMs'> {
  if (status >= 200 && status < 300) return { ok: true, status, error: null };
  const redirected = status >= 300 && status < 400;
  const error = `The endpoint answered ${status}${redirected ? '; redirects are not followed' : ''}.`;
  const wait = waitOf(headers['retry-after'], now);
  return { ok: false, status, error, ...(wait !== undefined && { retryAfterMs: wait }) };
}

/** Seconds, or a date of HTTP. */
function waitOf(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now.getTime();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_WAIT_MS);
}
