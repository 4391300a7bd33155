/** Calls: place them, read them, change them, and send text to the agent while they last. */

import type { AgentService } from '../agents/service.ts';
import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import type { ConversationService, Urgency } from '../conversations/service.ts';
import { Fault, invalidAt } from '../faults.ts';
import { type Caller, storesFor } from '../workspaces/caller.ts';
import type { Call, CallAttempt } from './call.ts';
import { type CallChangesParts, type CallChangesService, callChangesService } from './call-changes-service.ts';
import { type CallDraft, type CallDrafts, callDrafts } from './call-drafts.ts';
import { endpointInsertions } from './call-endpoints.ts';
import type { CallFilter, CallPage, CallTotals, ContactCallCounts } from './call-list-store.ts';
import { findCall, planFor } from './call-lookup.ts';
import { applyStep } from './call-steps.ts';
import type { Dialer } from './dialer.ts';
import { type DoNotCallService, doNotCallService } from './do-not-call-service.ts';
import type { Step } from './rules/plan.ts';

export type { Urgency } from '../conversations/service.ts';
export type { CallDraft } from './call-drafts.ts';
export type { CallFilter, CallPage } from './call-list-store.ts';

export interface CallService extends CallChangesService {
  /**
   * Places a call. The dialer makes it as soon as the rules allow it. Throws `call_refused` where they never will, and
   * `invalid_value`, `unknown_reference` or `agent_unavailable` for a draft that cannot be used.
   */
  place(caller: Caller, draft: CallDraft): Promise<Call>;
  get(caller: Pick<Caller, 'workspaceId'>, id: string): Promise<Call>;
  /** Like `get`, but throws `call_foreign` for a call of another workspace in the caller's dialect. */
  getOrDeny(caller: Caller, id: string): Promise<Call>;
  list(caller: Caller, filter: CallFilter, page: CallPage): Promise<Call[]>;
  count(caller: Caller, filter: CallFilter): Promise<number>;
  totals(caller: Caller, filter: CallFilter): Promise<CallTotals>;
  /** The attempts of several calls by call id, in the order they were made. */
  attempts(caller: Caller, callIds: readonly string[]): Promise<Map<string, CallAttempt[]>>;
  ofConversation(caller: Caller, conversationId: string): Promise<Call | undefined>;
  /** By conversation id. */
  ofConversations(caller: Caller, ids: readonly string[]): Promise<Map<string, Call>>;
  /** Counts the calls of contacts; answers a lookup by contact id. */
  countsByContact(
    caller: Caller,
    filter: CallFilter,
    contactIds: readonly string[],
  ): Promise<(contactId: string) => ContactCallCounts>;
  /** Sends text to the agent of a connected call. Throws `call_not_live`, or `line_lost` where no node has the call. */
  inject(caller: Caller, id: string, text: string, urgency: Urgency): Promise<void>;
  /** The next step of a call by the rules, and the time zones that were considered. */
  eligibility(caller: Caller, id: string): Promise<{ call: Call; step: Step; zones: readonly string[] }>;
  /** Whether an agent of the workspace answers this number. */
  receives(caller: Caller, number: string): Promise<boolean>;
  doNotCall: DoNotCallService;
}

export interface CallParts extends CallChangesParts {
  agents: Pick<AgentService, 'get'>;
  conversations: Pick<ConversationService, 'inject' | 'end'>;
  dialer: Pick<Dialer, 'wake' | 'activeCallsIfStarted' | 'isCarried' | 'hangUpElsewhere'>;
}

const MAX_TEXT_CHARACTERS = 32_000;
const SIMULATED: Step = { do: 'end', status: 'completed', why: 'The call was simulated; no phone rang' };

export function callService(ctx: Context, parts: CallParts): CallService {
  const { calls } = ctx.store;
  const drafts = callDrafts(ctx, parts.agents);

  return {
    ...callChangesService(ctx, parts),
    doNotCall: doNotCallService(ctx),
    place: (caller, draft) => placeCall(ctx, parts, drafts, caller, draft),
    get: (caller, id) => findCall(ctx, caller, id),

    async getOrDeny({ workspaceId, dialect }, id) {
      const call = await calls.get(workspaceId, id);
      if (call) return call;
      throw new Fault((await calls.exists(id, dialect)) ? 'call_foreign' : 'call_missing', { id });
    },

    list: ({ workspaceId }, filter, page) => calls.list(workspaceId, filter, page),
    count: ({ workspaceId }, filter) => calls.count(workspaceId, filter),
    totals: ({ workspaceId }, filter) => calls.totals(workspaceId, filter),
    attempts: ({ workspaceId }, callIds) => calls.attempts(workspaceId, callIds),
    countsByContact: ({ workspaceId }, filter, contactIds) => calls.countsByContact(workspaceId, filter, contactIds),

    async ofConversation({ workspaceId }, conversationId) {
      return (await calls.ofConversations(workspaceId, [conversationId]))[0];
    },

    async ofConversations({ workspaceId }, ids) {
      const found = ids.length > 0 ? await calls.ofConversations(workspaceId, ids) : [];
      return new Map(found.map((call) => [call.conversationId ?? '', call]));
    },

    async inject(caller, id, text, urgency) {
      const call = await findCall(ctx, caller, id);
      if (text.trim() === '') throw invalidAt('text', 'must not be empty', 'minLength');
      if (text.length > MAX_TEXT_CHARACTERS)
        throw invalidAt('text', `must have at most ${MAX_TEXT_CHARACTERS} characters`, 'maxLength');
      if (call.status !== 'in_progress' || call.conversationId === null) throw new Fault('call_not_live', { id });
      if (!(await parts.dialer.isCarried(id))) throw new Fault('line_lost', { id });
      await parts.conversations.inject(caller, call.conversationId, text, urgency);
    },

    async eligibility(caller, id) {
      const call = await findCall(ctx, caller, id);
      const { callCase, plan } = await planFor(ctx, parts, call);
      return { call, step: plan(call), zones: callCase.zones };
    },

    async receives({ workspaceId }, number) {
      const owned = await ctx.store.phoneNumbers.findByNumber(number);
      const answering = owned?.agentId ? owned : await calls.findAnsweringAgent(number);
      return answering?.workspaceId === workspaceId;
    },
  };
}

async function placeCall(
  ctx: Context,
  parts: CallParts,
  { draftCall, newContact }: CallDrafts,
  caller: Caller,
  draft: CallDraft,
): Promise<Call> {
  const fresh = await draftCall(caller, draft);
  // The plan reads a stored call; the counter, which it ignores, is assigned later.
  const state: Call = { ...fresh, counter: 0 };
  const step = draft.simulated ? SIMULATED : (await planFor(ctx, parts, state)).plan(state);
  if (step.do === 'end' && step !== SIMULATED) throw new Fault('call_refused', { message: `${step.why}.` });
  const planned = { ...fresh, ...applyStep(state, step, fresh.createdAt) };
  const detail = { agentId: fresh.agentId, direction: fresh.direction };
  const entry = auditEntry(ctx, caller, 'call.created', fresh.id, detail);
  const created = newContact(caller, draft, planned);
  const call = await storesFor(ctx, caller).calls.add(
    created ? { ...planned, contactId: created.contact.id, contact: null } : planned,
    entry,
    [...(created?.statements ?? []), ...endpointInsertions(ctx, planned, draft.endpoints)],
  );
  if (!caller.writeOptions.dryRun) parts.dialer.wake();
  return call;
}
