/** What Ayra's endpoints hear of. Its API makes none; the house's own does. */
import type { Call } from '../../model/calls.ts';
import type { JsonObject } from '../../model/values.ts';
import type { Occasion, Wording } from '../../model/webhooks.ts';
import { isConversation } from './conversations.ts';
import { shownId } from './mapping.ts';
import { asMessages, linesOf } from './transcript.ts';

/** Of attempts that come to nothing only the last is told. */
function eventOf(action: string, detail: JsonObject, call: Call): string | undefined {
  if (action === 'call.started') return 'call.started';
  if (action === 'conversation.analyzed') return call.sentiment === null ? undefined : 'sentiment.changed';
  if (action !== 'call.ended') return undefined;
  if (detail['status'] === 'completed') return 'call.completed';
  return detail['over'] === true && isConversation(call) ? 'call.failed' : undefined;
}

function dataOf(call: Call, isOver: boolean, { said, agent }: Occasion): JsonObject {
  const kept = isOver && call.hasTranscript && said;
  return {
    call_id: shownId('call_', call.id),
    agent_id: shownId('agent_', call.agentId),
    caller_phone: call.phone,
    duration_seconds: isOver && call.durationSeconds !== null ? Math.round(call.durationSeconds) : null,
    transcript: kept ? asMessages(linesOf(kept), { timestamps: true, labels: true }) : null,
    sentiment: call.sentiment,
    outcome: call.outcome,
    // What is known of the agent's client, and of this one call.
    metadata: { ...agent?.document.metadata, ...call.metadata },
  };
}

export const news: Wording = ({ action, id, at, detail }, occasion) => {
  const { call } = occasion;
  const event = call && eventOf(action, detail, call);
  if (!event) return undefined;
  const data = dataOf(call, event !== 'call.started', occasion);
  return {
    type: event,
    agentId: call.agentId,
    payload: { event_id: shownId('evt_', id), event_type: event, timestamp: at, data },
  };
};
