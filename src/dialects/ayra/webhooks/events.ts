/** What Ayra's endpoints hear of. Its API makes none; the house's own does. */
import type { Call } from '../../../calling/call.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { EventContext, EventMapper, WebhookEvent } from '../../../webhooks/webhook.ts';
import { shownId } from '../agents/mapping.ts';
import { isConversation } from '../conversations/mapping.ts';
import { activeCallsOf, asMessages, type Line } from '../conversations/transcript.ts';

/** Of attempts that come to nothing only the last is told. */
function eventOf(action: string, detail: JsonObject, call: Call): string | undefined {
  if (action === 'call.started') return 'call.started';
  if (action === 'conversation.analyzed') return call.sentiment === null ? undefined : 'sentiment.changed';
  if (action !== 'call.ended') return undefined;
  if (detail['status'] === 'completed') return 'call.completed';
  return detail['over'] === true && isConversation(call) ? 'call.failed' : undefined;
}

function dataOf(call: Call, isOver: boolean, said: readonly Line[], { agent }: EventContext): JsonObject {
  return {
    call_id: shownId('call_', call.id),
    agent_id: shownId('agent_', call.agentId),
    caller_phone: call.phone,
    duration_seconds: isOver && call.durationSeconds !== null ? Math.round(call.durationSeconds) : null,
    transcript: said.length > 0 ? asMessages(said, { timestamps: true, labels: true }) : null,
    sentiment: call.sentiment,
    outcome: call.outcome,
    // What is known of the agent's client, and of this one call.
    metadata: { ...agent?.document.metadata, ...call.metadata },
  };
}

/** Of a transcript that there is one, once it is whole: its last line is what the event is known by. */
export const mapEvent: EventMapper = ({ action, id, at, detail }, context) => {
  const { call } = context;
  const event = call && eventOf(action, detail, call);
  if (!event) return undefined;
  const isOver = event !== 'call.started';
  const said = isOver && call.hasTranscript ? activeCallsOf(context.said ?? []) : [];
  const data = dataOf(call, isOver, said, context);
  const told = (type: string, eventId: string): WebhookEvent => ({
    type,
    agentId: call.agentId,
    payload: { event_id: shownId('evt_', eventId), event_type: type, timestamp: at, data },
  });
  const last = event === 'call.completed' ? said.at(-1) : undefined;
  return [told(event, id), ...(last ? [told('transcript.updated', last.id)] : [])];
};
