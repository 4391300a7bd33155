/** The pre-dial webhook: asks an operator's server whether a call may be placed. No answer means no. */

import { type Send, TargetError } from '../lib/outgoing-http.ts';
import { isObject, type JsonObject } from '../lib/values.ts';
import type { PreDialAnswer, PreDialCheck } from './campaign.ts';

const DEFAULT_TIMEOUT_MS = 5000;
const MAX_ANSWER_BYTES = 65_536;
/** When a webhook that did not answer is asked again. */
const AGAIN_MINUTES = 15;
const MAX_AGAIN_MINUTES = 60 * 24 * 7;

/**
 * The request body is `{event: "call.before", campaign, call, contact}`, the answer `{"dial": true | false,
 * "againInMinutes"?, "reason"?, "variables"?}`.
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
    const allHeaders = { ...headers, 'Content-Type': 'application/json', 'User-Agent': 'Parlance-Webhooks' };
    try {
      const answer = await send({
        method: 'POST',
        url,
        headers: allHeaders,
        body,
        timeoutMs,
        maxBytes: MAX_ANSWER_BYTES,
      });
      if (answer.status >= 200 && answer.status < 300 && answer.complete)
        return verdictOf(answer.body.toString('utf8'));
      return noAnswer(`answered ${answer.status}`);
    } catch (error) {
      return noAnswer(error instanceof TargetError ? `could not be reached: ${error.message}` : 'could not be reached');
    }
  };
}

const noAnswer = (what: string): PreDialAnswer => ({
  dial: false,
  why: `The pre-dial webhook ${what}`,
  retryIn: { minutes: AGAIN_MINUTES },
});

function verdictOf(text: string): PreDialAnswer {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return noAnswer('did not answer with JSON');
  }
  if (!isObject(answer) || typeof answer['dial'] !== 'boolean') return noAnswer('answered without a boolean "dial"');
  const { dial, againInMinutes, reason, variables } = answer as JsonObject;
  if (dial) return { dial: true, ...(isObject(variables) && { variables: variables as JsonObject }) };
  const refused = 'The pre-dial webhook refused the call';
  const why = typeof reason === 'string' ? `${refused}: ${reason}` : refused;
  const isLater = typeof againInMinutes === 'number' && againInMinutes > 0;
  return { dial: false, why, ...(isLater && { retryIn: { minutes: Math.min(againInMinutes, MAX_AGAIN_MINUTES) } }) };
}
