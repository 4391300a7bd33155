/** What may be done with calls: asked for, looked at, called off, tried again, and told something while they last. */

import type { AgentService } from '../agents/service.ts';
import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import type { ConversationService, Urgency } from '../conversations/service.ts';
import { Fault, invalidAt } from '../faults.ts';
import { isMoment } from '../lib/text.ts';
import type { SettingsService } from '../settings/service.ts';
import type { Caller } from '../workspaces/caller.ts';
import { storesFor } from '../workspaces/caller.ts';
import { type Call, type CallAttempt, type DoNotCallEntry, isOver } from './call.ts';
import { type CallDraft, callDrafts, PHONE } from './call-drafts.ts';
import { endpointsOf } from './call-endpoints.ts';
import { stepped } from './call-steps.ts';
import type { CallFilter, CallPage, CallTotals } from './call-store.ts';
import { type CallCase, gatherCases } from './circumstances.ts';
import type { Dialer } from './dialer.ts';
import type { CallingRulesSource } from './rule-book.ts';
import type { Step } from './rules/plan.ts';

export type { Urgency } from '../conversations/service.ts';
export type { CallDraft } from './call-drafts.ts';
export type { CallFilter, CallPage } from './call-store.ts';

export interface CallParts {
  agents: Pick<AgentService, 'get'>;
  settings: Pick<SettingsService, 'current'>;
  conversations: Pick<ConversationService, 'inject' | 'end'>;
  callingRules: CallingRulesSource;
  dialer: Pick<Dialer, 'wake' | 'under' | 'carried' | 'hangUpElsewhere'>;
}

const ATTEMPTS = 20;
const MAX_TEXT_CHARACTERS = 32_000;

export type CallService = ReturnType<typeof callService>;

export function callService(ctx: Context, { agents, settings, conversations, callingRules: load, dialer }: CallParts) {
  const { store, now } = ctx;
  const at = () => now().toISOString();
  const kept = (caller: Pick<Caller, 'writeOptions'>) => storesFor(ctx, caller);
  const { drafted, newContact } = callDrafts(ctx, agents);

  const find = async ({ workspaceId }: Pick<Caller, 'workspaceId'>, id: string): Promise<Call> => {
    const call = await store.calls.get(workspaceId, id);
    if (!call) throw new Fault('call_missing', { id });
    return call;
  };

  const around = async (call: Call): Promise<{ one: CallCase; plan: (call: Call) => Step }> => {
    const callingRules = await load();
    const [one] = await gatherCases(ctx, callingRules, settings)([call]);
    return { one: one!, plan: (later) => callingRules.nextStep(callingRules.zones, later, one!, now().getTime()) };
  };

  /** A change of one that is not under way; others who write at the same time make it look again. */
  const changed = async (
    caller: Caller,
    id: string,
    action: string,
    change: (call: Call) => Promise<Call> | Call,
  ): Promise<Call> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const before = await find(caller, id);
      const after = await change(before);
      if (after === before) return before;
      const detail = { agentId: before.agentId, campaignId: before.campaignId, status: after.status };
      const entry = auditEntry(ctx, caller, action, id, detail);
      if (!(await kept(caller).calls.change(before, after, entry))) continue;
      if (!caller.writeOptions.dryRun) dialer.wake();
      return { ...after, version: before.version + 1 };
    }
    throw new Fault('write_conflict');
  };

  /**
   * One that rings, maybe on another node: it is not tried again, and whoever carries it hangs up. Undefined where it has
   * stopped ringing meanwhile.
   */
  const cancel = async (caller: Caller, id: string, why: string): Promise<Call | undefined> => {
    const call = await changed(caller, id, 'call.called_off', (before) => {
      if (before.status !== 'dialing') return before;
      return { ...before, progress: { ...before.progress, calledOff: why }, updatedAt: at() };
    });
    if (call.status !== 'dialing') return undefined;
    await dialer.hangUpElsewhere(id, why);
    return call;
  };

  return {
    /** Asks for a call. It is made at once if that is allowed, else as soon as it is. */
    async place(caller: Caller, draft: CallDraft): Promise<Call> {
      const fresh = await drafted(caller, draft);
      const { plan } = await around({ ...fresh, counter: 0 });
      const step: Step = draft.pretended ? PRETENDED : plan({ ...fresh, counter: 0 });
      if (step.do === 'end' && step !== PRETENDED) throw new Fault('call_refused', { message: `${step.why}.` });
      const asked = { ...fresh, ...stepped({ ...fresh, counter: 0 }, step, fresh.createdAt) };
      const detail = { agentId: fresh.agentId, direction: fresh.direction };
      const entry = auditEntry(ctx, caller, 'call.created', fresh.id, detail);
      const known = newContact(caller, draft, asked);
      const call = await kept(caller).calls.add(
        known ? { ...asked, contactId: known.contact.id, contact: null } : asked,
        entry,
        [...(known?.statements ?? []), ...endpointsOf(ctx, asked, draft.endpoints)],
      );
      if (!caller.writeOptions.dryRun) dialer.wake();
      return call;
    },

    get: find,

    /** Tells another workspace's from one that is nowhere, among those that were asked for in the caller's tongue. */
    async getOrDeny({ workspaceId, dialect }: Caller, id: string): Promise<Call> {
      const call = await store.calls.get(workspaceId, id);
      if (call) return call;
      throw new Fault((await store.calls.exists(id, dialect)) ? 'call_foreign' : 'call_missing', { id });
    },

    list: ({ workspaceId }: Caller, filter: CallFilter, page: CallPage): Promise<Call[]> =>
      store.calls.list(workspaceId, filter, page),
    count: ({ workspaceId }: Caller, filter: CallFilter): Promise<number> => store.calls.count(workspaceId, filter),

    totals: ({ workspaceId }: Caller, filter: CallFilter): Promise<CallTotals> =>
      store.calls.totals(workspaceId, filter),

    /** Of several calls, by call, in the order they were made. */
    attempts: ({ workspaceId }: Caller, callIds: readonly string[]): Promise<Map<string, CallAttempt[]>> =>
      store.calls.attempts(workspaceId, callIds),

    async ofConversation({ workspaceId }: Caller, conversationId: string): Promise<Call | undefined> {
      return (await store.calls.ofConversations(workspaceId, [conversationId]))[0];
    },

    /** By the conversations that were held in them. */
    async ofConversations({ workspaceId }: Caller, ids: readonly string[]): Promise<Map<string, Call>> {
      const found = ids.length > 0 ? await store.calls.ofConversations(workspaceId, ids) : [];
      return new Map(found.map((call) => [call.conversationId ?? '', call]));
    },

    /** It is not made any more; one that is under way is hung up on. One that is over stays as it was. */
    async cancel(caller: Caller, id: string, why = 'Somebody called it off'): Promise<Call> {
      const call = await find(caller, id);
      if (isOver(call.status)) return call;
      if (call.status !== 'waiting') {
        if (caller.writeOptions.dryRun) return call;
        if (dialer.under()?.hangUp(id, why)) return find(caller, id);
        // Another node carries it.
        // A call that was talked before and rings again has the conversation of that time.
        if (call.status === 'dialing' || call.conversationId === null)
          return (await cancel(caller, id, why)) ?? this.cancel(caller, id, why);
        await conversations.end(caller, call.conversationId);
        return find(caller, id);
      }
      return changed(caller, id, 'call.cancelled', (before) => {
        if (before.status !== 'waiting') throw new Fault('call_under_way', { id });
        const time = at();
        const { wanted: _, ...progress } = before.progress;
        return { ...before, progress, status: 'cancelled', why, dueAt: null, endedAt: time, updatedAt: time };
      });
    },

    /** Tries it once more, now or then, besides the retries that the rules allow, but within the hours that they do. */
    again(caller: Caller, id: string, moment?: string): Promise<Call> {
      if (moment !== undefined && !isMoment(moment)) throw invalidAt('at', 'must be a date and time', 'format');
      return changed(caller, id, 'call.asked_again', async (before) => {
        if (before.status === 'dialing' || before.status === 'in_progress') throw new Fault('call_under_way', { id });
        const when = moment === undefined ? at() : new Date(moment).toISOString();
        const was = isOver(before.status) ? before.status : before.progress.wanted?.was;
        const wanted = { at: when, reason: 'asked' as const, ...(was && { was }) };
        const { calledOff: _, ...progress } = before.progress;
        const after: Call = { ...before, progress: { ...progress, wanted }, endedAt: null };
        const { one, plan } = await around(after);
        const status = one.campaign?.status;
        if (status === 'completed' || status === 'cancelled')
          throw new Fault('campaign_state', { id, reason: status, message: `Its campaign is ${status}.` });
        const step = plan(after);
        if (step.do === 'end') throw new Fault('call_refused', { message: `${step.why}.` });
        return stepped(after, step, at());
      });
    },

    /** Takes back what was asked for besides the rules: what was over is over as it was, the rest goes on by the rules. */
    notAgain(caller: Caller, id: string): Promise<Call> {
      return changed(caller, id, 'call.attempt_taken_back', async (before) => {
        const { wanted, ...progress } = before.progress;
        if (!wanted || isOver(before.status)) return before;
        const after: Call = { ...before, progress };
        if (before.status !== 'waiting') return { ...after, updatedAt: at() };
        const over: Step | undefined = wanted.was && { do: 'end', status: wanted.was, why: TAKEN_BACK };
        return stepped(after, over ?? (await around(after)).plan(after), at());
      });
    },

    /** Takes it back: one that waits is not made; one that is under way is played out, and nothing of it is kept. */
    withdraw(caller: Caller, id: string): Promise<Call> {
      return changed(caller, id, 'call.withdrawn', (before) => {
        if (before.progress.withdrawn) return before;
        const time = at();
        const after: Call = { ...before, progress: { ...before.progress, withdrawn: true }, updatedAt: time };
        if (before.status !== 'waiting') return after;
        return { ...after, status: 'cancelled', why: 'Whoever asked for it took it back', dueAt: null, endedAt: time };
      });
    },

    /** How many calls each of these contacts has had, and how many of them have been looked back at. */
    withContacts: ({ workspaceId }: Caller, filter: CallFilter, contactIds: readonly string[]) =>
      store.calls.withContacts(workspaceId, filter, contactIds),

    /** Tells the agent something while the call lasts. */
    async inject(caller: Caller, id: string, text: string, urgency: Urgency): Promise<void> {
      const call = await find(caller, id);
      if (text.trim() === '') throw invalidAt('text', 'must not be empty', 'minLength');
      if (text.length > MAX_TEXT_CHARACTERS)
        throw invalidAt('text', `must have at most ${MAX_TEXT_CHARACTERS} characters`, 'maxLength');
      if (call.status !== 'in_progress' || call.conversationId === null) throw new Fault('call_not_live', { id });
      if (!(await dialer.carried(id))) throw new Fault('line_lost', { id });
      await conversations.inject(caller, call.conversationId, text, urgency);
    },

    /** Why it will be called when it will be: the rules with their levels, and what they come to. */
    async eligibility(caller: Caller, id: string): Promise<{ call: Call; step: Step; zones: readonly string[] }> {
      const call = await find(caller, id);
      const { one, plan } = await around(call);
      return { call, step: plan(call), zones: one.zones };
    },

    /** Whether calls to this number come in here. */
    async receives({ workspaceId }: Caller, number: string): Promise<boolean> {
      const owned = await store.phoneNumbers.findByNumber(number);
      const answering = owned?.agentId ? owned : await store.calls.answering(number);
      return answering?.workspaceId === workspaceId;
    },

    doNotCall: {
      list: ({ workspaceId }: Caller, limit: number, after?: string): Promise<DoNotCallEntry[]> =>
        store.calls.doNotCall.list(workspaceId, limit, after),

      /** From now on none of these is called, whoever asks for it. */
      async add(caller: Caller, phones: readonly string[], reason: string | null): Promise<void> {
        const wrong = phones.findIndex((phone) => !PHONE.test(phone));
        if (wrong >= 0) throw invalidAt(`phones.${wrong}`, 'must be a phone number in E.164 form', 'format');
        const doNotCall = [...new Set(phones)].map(
          (phone): DoNotCallEntry => ({ workspaceId: caller.workspaceId, phone, reason, at: at(), by: caller.author }),
        );
        const detail = { count: doNotCall.length };
        const entry = auditEntry(ctx, caller, 'do_not_call.added', caller.workspaceId, detail);
        await kept(caller).calls.doNotCall.add(caller.workspaceId, doNotCall, entry);
      },

      async remove(caller: Caller, phone: string): Promise<void> {
        const entry = auditEntry(ctx, caller, 'do_not_call.removed', caller.workspaceId, {});
        if (!(await kept(caller).calls.doNotCall.remove(caller.workspaceId, phone, entry)))
          throw new Fault('number_missing', { id: phone });
      },
    },
  };
}

const PRETENDED: Step = { do: 'end', status: 'completed', why: 'It was only a test: nobody was called' };

const TAKEN_BACK = 'The attempt that was asked for was taken back';
