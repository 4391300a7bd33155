/** Finds sessions. A phone call and its conversation are one session, which either id names. */

import { Fault } from '../../../faults.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import type { Session } from './mapping.ts';

type Lookup = Pick<Services, 'conversations' | 'calls'>;

/** Finds a session by the id of its conversation or its call. Clients without a key cannot read calls. */
export async function findSession({ conversations, calls }: Lookup, caller: Caller, id: string): Promise<Session> {
  const conversation = await unlessMissing(() => conversations.get(caller, id));
  if (!conversation) {
    if (caller.kind === 'stranger') throw new Fault('conversation_missing', { id });
    const call = await calls.get(caller, id);
    const { conversationId } = call;
    return {
      call,
      conversation: conversationId === null ? undefined : await conversations.get(caller, conversationId),
    };
  }
  const call = conversation.channel === 'phone' ? await calls.ofConversation(caller, id) : undefined;
  return call ? { call, conversation } : { conversation };
}

/** Runs `work` on the conversation with this id, or on the conversation of the call with this id. */
export async function inConversation<T>(
  { calls }: Lookup,
  caller: Caller,
  id: string,
  work: (id: string) => Promise<T>,
) {
  const result = await unlessMissing(async () => ({ value: await work(id) }));
  if (result) return result.value;
  if (caller.kind === 'stranger') throw new Fault('conversation_missing', { id });
  const { conversationId } = await calls.get(caller, id);
  if (conversationId === null) throw new Fault('call_not_live', { id });
  return work(conversationId);
}

async function unlessMissing<T>(find: () => Promise<T>): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof Fault && error.code === 'conversation_missing') return undefined;
    throw error;
  }
}
