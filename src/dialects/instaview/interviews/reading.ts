/** Reads interviews with their attempts, analyses and transcripts. */
import type { Call } from '../../../calling/call.ts';
import { Fault } from '../../../faults.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { pathId } from '../shared.ts';
import { formatInterview, formatTranscript, isInterview } from './mapping.ts';

/** A call that is not an interview, or was deleted as one, is missing here. */
export async function findInterview({ calls }: Services, caller: Caller, id: string): Promise<Call> {
  const call = await calls.getOrDeny(caller, pathId(id, 'call_missing'));
  if (!isInterview(call)) throw new Fault('call_missing', { id });
  return call;
}

/** Reads the attempts and conversations of all these interviews with one query each. */
export async function formatInterviews(
  { calls, conversations }: Services,
  caller: Caller,
  interviews: readonly Call[],
): Promise<JsonObject[]> {
  const ids = interviews.map(({ id }) => id);
  const conversationIds = interviews.flatMap(({ conversationId }) => conversationId ?? []);
  const [attempts, found] = await Promise.all([
    calls.attempts(caller, ids),
    conversationIds.length > 0 ? conversations.getMany(caller, conversationIds) : [],
  ]);
  const conversationOf = new Map(found.map((conversation) => [conversation.id, conversation]));
  return interviews.map((call) =>
    formatInterview(call, attempts.get(call.id) ?? [], conversationOf.get(call.conversationId ?? '')),
  );
}

/** One interview, with its transcript. */
export async function formatDetail(services: Services, caller: Caller, call: Call): Promise<JsonObject> {
  const [interview] = await formatInterviews(services, caller, [call]);
  const { conversationId } = call;
  const messages = conversationId === null ? null : await services.conversations.messages(caller, conversationId);
  return { ...interview, transcript: messages && formatTranscript(messages) };
}
