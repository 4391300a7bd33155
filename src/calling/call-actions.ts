/** What an agent's tools may do with the call of their conversation. */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import type { Conversation } from '../conversations/conversation.ts';
import type { CallActions } from '../conversations/ports.ts';
import { Fault } from '../faults.ts';
import { type Caller, systemCaller } from '../workspaces/caller.ts';
import type { KeyDialect } from '../workspaces/workspace.ts';
import type { Call, PendingAttempt } from './call.ts';
import type { CallService } from './call-service.ts';
import type { Dialer } from './dialer.ts';

const MAX_WRITE_ATTEMPTS = 20;

export function callActions(ctx: Context, calls: () => CallService, dialer: () => Dialer): CallActions {
  const { store, now } = ctx;
  const author = ({ workspaceId, dialect, by }: Conversation): Caller => ({
    ...systemCaller({ id: workspaceId, number: 0 }),
    dialect: dialect as KeyDialect,
    author: by,
  });
  const callOf = async ({ workspaceId, id }: Conversation): Promise<Call | undefined> => {
    const active = dialer().activeCallsIfStarted()?.findByConversation(id);
    if (active) return store.calls.get(workspaceId, active.id);
    return (await store.calls.ofConversations(workspaceId, [id]))[0];
  };

  /** Places a new outbound call to the caller of an inbound one; resolves with whether it could be placed. */
  const callBackInbound = async (
    conversation: Conversation,
    { agentId, phone, contactId, contact }: Call,
    at: Date,
  ) => {
    const target = contactId === null ? contact : { id: contactId };
    const notBefore = at.toISOString();
    const draft = { agent: { id: agentId }, phone, notBefore, ...(target && { contact: target }) };
    try {
      await calls().place(author(conversation), draft);
      return true;
    } catch (error) {
      if (error instanceof Fault) return false;
      throw error;
    }
  };

  return {
    transfer: async ({ id }, to) => (await dialer().activeCallsIfStarted()?.transfer(id, to)) ?? false,
    sendDtmf: ({ id }, digits) => dialer().activeCallsIfStarted()?.sendDtmf(id, digits) ?? false,
    markAsVoicemail: ({ id }) => dialer().activeCallsIfStarted()?.markAsVoicemail(id) ?? false,

    /** A callback is not a retry, so it does not count against them. It respects the call window. */
    async callBack(conversation, at) {
      if (conversation.channel !== 'phone') return false;
      for (let attempt = 0; attempt < MAX_WRITE_ATTEMPTS; attempt += 1) {
        const before = await callOf(conversation);
        if (!before) return false;
        if (before.direction === 'inbound') return callBackInbound(conversation, before, at);
        const callback: PendingAttempt = { at: at.toISOString(), reason: 'callback' };
        const after: Call = { ...before, progress: { ...before.progress }, updatedAt: now().toISOString() };
        after.progress.pending = callback;
        const detail = { agentId: before.agentId, campaignId: before.campaignId, at: callback.at };
        const entry = auditEntry(ctx, author(conversation), 'call.callback_asked', before.id, detail);
        if (await store.calls.change(before, after, entry)) return true;
      }
      return false;
    },

    async place(conversation, { phone, agentId, variables }) {
      const call = await calls().place(author(conversation), { agent: { id: agentId }, phone, variables });
      return `The call to ${phone} is placed: ${call.why}.`;
    },
  };
}
