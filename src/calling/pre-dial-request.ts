/** Asks somebody outside whether a call may be placed, just before it is. Silence is a no. */

import { type Send, TargetError } from '../lib/outgoing-http.ts';
import { isObject, type JsonObject } from '../lib/values.ts';
import type { PreDialAnswer, PreDialCheck } from './campaign.ts';

const DEFAULT_TIMEOUT_MS = 5000;
const ANSWER_BYTES = 65_536;
/** When somebody who did not answer is asked again. */
const AGAIN_MINUTES = 15;
const MAX_MINUTES = 60 * 24 * 7;

/**
 * Sends `{event: "call.before", campaign, call, contact}` and takes `{"dial": true | false, "againInMinutes"?, "reason"?,
 * "variables"?}`.
 */
export function createPreDialRequest(send: Send): PreDialCheck {
  return async (campaign, call, contact) => {
    const { preDial } = campaign;
    if (!preDial) return { dial: true };
    const { url, headers = {}, timeoutMs = DEFAULT_TIMEOUT_MS } = preDial;
    const body = JSON.stringify({
      event: 'call.before',
      campaign: { id: campaign.id, name: campaign.name, metadata: campaign.metadata },
      call: {
        id: call.id,
        agentId: call.agentId,
        phone: call.phone,
        attempt: call.attempts + 1,
        metadata: call.metadata,
      },
      contact: { ...contact, ...(call.contactId !== null && { id: call.contactId }) },
    });
    const own = { ...headers, 'Content-Type': 'application/json', 'User-Agent': 'Parlance-Webhooks' };
    try {
      const answer = await send({ method: 'POST', url, headers: own, body, timeoutMs, maxBytes: ANSWER_BYTES });
      if (answer.status >= 200 && answer.status < 300 && answer.complete)
        return verdictOf(answer.body.toString('utf8'));
      return unheard(`answered ${answer.status}`);
    } catch (error) {
      return unheard(error instanceof TargetError ? `could not be asked: ${error.message}` : 'could not be asked');
    }
  };
}

const unheard = (what: string): PreDialAnswer => ({
  dial: false,
  why: `The pre-dial webhook ${what}`,
  again: { minutes: AGAIN_MINUTES },
});

function verdictOf(text: string): PreDialAnswer {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return unheard('did not answer in JSON');
  }
  if (!isObject(said) || typeof said['dial'] !== 'boolean') return unheard('did not say whether to dial');
  const { dial, againInMinutes, reason, variables } = said as JsonObject;
  if (dial) return { dial: true, ...(isObject(variables) && { variables: variables as JsonObject }) };
  const why = typeof reason === 'string' ? `The pre-dial webhook said no: ${reason}` : 'The pre-dial webhook said no';
  const later = typeof againInMinutes === 'number' && againInMinutes > 0;
  return { dial: false, why, ...(later && { again: { minutes: Math.min(againInMinutes, MAX_MINUTES) } }) };
}
