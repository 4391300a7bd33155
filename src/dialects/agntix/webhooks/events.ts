/** The events that Agntix's webhooks send: the start and the end of a session. */

import type { ChainedEntry } from '../../../audit/entry.ts';
import { type Call, hasEnded } from '../../../calling/call.ts';
import type { ConversationFacts } from '../../../conversations/conversation.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { EventMapper, WebhookEvent } from '../../../webhooks/webhook.ts';
import { formatCallStart, formatView, type Session } from '../calls/mapping.ts';
import { formatStart } from '../sessions/mapping.ts';

/** The payload is flat, with the session's id. `session.ended` waits for the analysis, which it includes. */
export const mapEvent: EventMapper = (entry, { conversation, call }) => {
  if (call) return mapCallEvent(entry, call, conversation);
  if (!conversation) return undefined;
  if (entry.action === 'conversation.started') return sessionCreated(formatStart(conversation));
  return entry.action === 'conversation.analyzed' ? sessionEnded({ conversation }) : undefined;
};

/** A call is one session, from its request to the end of its last attempt. */
function mapCallEvent(
  { action, detail }: ChainedEntry,
  call: Call,
  conversation?: ConversationFacts,
): WebhookEvent | undefined {
  if (action === 'call.created') return sessionCreated(formatCallStart(call));
  // A campaign requests thousands of calls, so their sessions are announced when the contact answers.
  if (action === 'call.started' && call.campaignId !== null) return sessionCreated(formatCallStart(call));
  if (action === 'conversation.analyzed' || (action === 'call.cancelled' && hasEnded(call.status)))
    return sessionEnded({ call, conversation });
  if (action !== 'call.ended' || detail['over'] !== true) return undefined;
  const awaitsAnalysis = detail['conversationId'] != null && call.hasTranscript;
  return awaitsAnalysis ? undefined : sessionEnded({ call, conversation });
}

const sessionCreated = (start: JsonObject & { agentId: string }): WebhookEvent => ({
  type: 'session.created',
  payload: { ...start, eventType: 'session.created', state: 'OPEN' },
  agentId: start.agentId,
});

function sessionEnded(session: Session): WebhookEvent {
  const view = formatView(session);
  const endedAt = view.endedAt ?? session.conversation?.endedAt ?? null;
  const payload = { ...view, eventType: 'session.ended', state: 'CLOSED', endedAt };
  return { type: 'session.ended', payload, agentId: view.agentId };
}
