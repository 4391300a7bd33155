/** Maps Parlance's events to those of Ayra's webhooks. Ayra's API creates no webhooks; the native API does. */
import type { Call } from '../../../calling/call.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { EventContext, EventMapper, WebhookEvent } from '../../../webhooks/webhook.ts';
import { isConversation } from '../conversations/mapping.ts';
import { formatMessages, type Line, linesOf } from '../conversations/transcript.ts';
import { formatId } from '../shared.ts';

/** Failed attempts send one event, after the last attempt. */
function eventOf(action: string, detail: JsonObject, call: Call): string | undefined {
  if (action === 'call.started') return 'call.started';
  if (action === 'conversation.analyzed') return call.sentiment === null ? undefined : 'sentiment.changed';
  if (action !== 'call.ended') return undefined;
  if (detail['status'] === 'completed') return 'call.completed';
  return detail['over'] === true && isConversation(call) ? 'call.failed' : undefined;
}

function formatData(call: Call, hasEnded: boolean, lines: readonly Line[], { agent }: EventContext): JsonObject {
  return {
    call_id: formatId('call_', call.id),
    agent_id: formatId('agent_', call.agentId),
    caller_phone: call.phone,
    duration_seconds: hasEnded && call.durationSeconds !== null ? Math.round(call.durationSeconds) : null,
    transcript: lines.length > 0 ? formatMessages(lines, { timestamps: true, labels: true }) : null,
    sentiment: call.sentiment,
    outcome: call.outcome,
    // The call's own metadata overrides the agent's.
    metadata: { ...agent?.document.metadata, ...call.metadata },
  };
}

/** A completed call with a stored transcript also sends `transcript.updated`, identified by the last message. */
export const mapEvent: EventMapper = ({ action, id, at, detail }, context) => {
  const { call } = context;
  const type = call && eventOf(action, detail, call);
  if (!type) return undefined;
  const hasEnded = type !== 'call.started';
  const lines = hasEnded && call.hasTranscript ? linesOf(context.messages ?? []) : [];
  const data = formatData(call, hasEnded, lines, context);
  const eventWith = (type: string, eventId: string): WebhookEvent => ({
    type,
    agentId: call.agentId,
    payload: { event_id: formatId('evt_', eventId), event_type: type, timestamp: at, data },
  });
  const last = type === 'call.completed' ? lines.at(-1) : undefined;
  return [eventWith(type, id), ...(last ? [eventWith('transcript.updated', last.id)] : [])];
};
