/** What a conversation may do by itself with the call that it is held in. */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import type { Conversation } from '../conversations/conversation.ts';
import type { CallActions } from '../conversations/ports.ts';
import { Fault } from '../faults.ts';
import { type Caller, systemCaller } from '../workspaces/caller.ts';
import type { KeyDialect } from '../workspaces/workspace.ts';
import type { Call } from './call.ts';
import type { CallService } from './call-service.ts';
import type { Dialer } from './dialer.ts';

const ATTEMPTS = 20;

export function callActions(ctx: Context, calls: () => CallService, dialer: () => Dialer): CallActions {
  const { store, now } = ctx;
  const author = ({ workspaceId, dialect, by }: Conversation): Caller => ({
    ...systemCaller({ id: workspaceId, number: 0 }),
    dialect: dialect as KeyDialect,
    author: by,
  });
  const callOf = async ({ workspaceId, id }: Conversation): Promise<Call | undefined> => {
    const carried = dialer().under()?.ofConversation(id);
    if (carried) return store.calls.get(workspaceId, carried.id);
    return (await store.calls.ofConversations(workspaceId, [id]))[0];
  };

  /** Whoever called us is called by us, in a call of its own. */
  const callThem = async (conversation: Conversation, { agentId, phone, contactId, contact }: Call, at: Date) => {
    const known = contactId === null ? contact : { id: contactId };
    const notBefore = at.toISOString();
    const draft = { agent: { id: agentId }, phone, notBefore, ...(known && { contact: known }) };
    try {
      await calls().place(author(conversation), draft);
      return true;
    } catch (error) {
      if (error instanceof Fault) return false;
      throw error;
    }
  };

  return {
    transfer: async ({ id }, to) => (await dialer().under()?.transfer(id, to)) ?? false,
    sendDtmf: ({ id }, digits) => dialer().under()?.sendDtmf(id, digits) ?? false,
    machine: ({ id }) => dialer().under()?.machine(id) ?? false,

    /** A callback is besides the retries, and within the hours that every call keeps to. */
    async callBack(conversation, at) {
      if (conversation.channel !== 'phone') return false;
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const before = await callOf(conversation);
        if (!before) return false;
        if (before.direction === 'inbound') return callThem(conversation, before, at);
        const progress = { ...before.progress, wanted: { at: at.toISOString(), reason: 'callback' as const } };
        const after: Call = { ...before, progress, updatedAt: now().toISOString() };
        const detail = { agentId: before.agentId, campaignId: before.campaignId, at: progress.wanted.at };
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
