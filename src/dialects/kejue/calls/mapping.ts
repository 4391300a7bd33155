/** Maps Kejue's calls. */

import type { ReferenceIds, View } from '../../../agents/view.ts';
import { type Call, type CallStatus, hasEnded } from '../../../calling/call.ts';
import type { CallDraft, CallFilter } from '../../../calling/call-service.ts';
import type { Conversation, EndReason, Message } from '../../../conversations/conversation.ts';
import { Fault, type Issue, invalid, invalidAt } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import type * as s from '../../../lib/schema.ts';
import { isStorableTime, isUuid } from '../../../lib/text.ts';
import type { JsonObject } from '../../../lib/values.ts';
import { type Complete, parseContact } from '../contacts/mapping.ts';
import { attempt, checkShape, normalizeId, refuse } from '../shared.ts';
import * as contract from './contract.ts';
import { formatFindings, transcriptOf } from './findings.ts';
import { parseOverrides, toolIdsIn } from './overrides.ts';

/** Kejue has two statuses for a waiting call, and `statusOf` chooses by its time. A ringing phone is still `queued`. */
const STATUSES: Record<Exclude<CallStatus, 'waiting'>, contract.Status> = {
  dialing: 'queued',
  in_progress: 'in_progress',
  completed: 'completed',
  no_answer: 'no_answer',
  busy: 'busy',
  voicemail: 'no_answer',
  failed: 'failed',
  unknown: 'failed',
  blocked: 'failed',
  declined: 'no_answer',
  cancelled: 'cancelled',
};

export function statusOf({ status, dueAt }: Pick<Call, 'status' | 'dueAt'>, now: Date): contract.Status {
  if (status !== 'waiting') return STATUSES[status];
  return dueAt !== null && Date.parse(dueAt) > now.getTime() ? 'scheduled' : 'queued';
}

/** The filter of a list query. One of Kejue's statuses can stand for several of ours. */
export function filterOf(query: contract.CallQuery, now: Date): CallFilter {
  const { contact_id, status, persona_id, campaign_id, direction, external_reference } = query;
  const statuses = Object.entries(STATUSES).flatMap(([own, kejue]) => (kejue === status ? [own as CallStatus] : []));
  const isWaiting = status === 'queued' || status === 'scheduled';
  return {
    ...(contact_id !== undefined && { contactId: normalizeId(contact_id) }),
    ...(persona_id !== undefined && { agentId: normalizeId(persona_id) }),
    ...(campaign_id !== undefined && { campaignId: normalizeId(campaign_id) }),
    ...(direction !== undefined && { direction }),
    ...(external_reference !== undefined && { externalReference: external_reference }),
    ...(status !== undefined && { status: isWaiting ? [...statuses, 'waiting'] : statuses }),
    ...(status === 'queued' && { dueBy: now.toISOString() }),
    ...(status === 'scheduled' && { dueAfter: now.toISOString() }),
  };
}

/** Kejue's documents list six reasons, the vocabulary of a telephone engine. */
export function endedReason(status: string, reason?: EndReason | null): string {
  if (status !== 'completed') return WITHOUT_CONVERSATION[status] ?? 'unjoined';
  return reason == null ? 'hangup' : AFTER_CONVERSATION[reason];
}
const WITHOUT_CONVERSATION: Record<string, string> = { failed: 'connection_error', unknown: 'connection_error' };
const AFTER_CONVERSATION: Record<EndReason, string> = {
  'hung-up': 'hangup',
  agent: 'agent_hangup',
  transferred: 'agent_hangup',
  ended: 'agent_hangup',
  idle: 'timeout',
  'timed-out': 'timeout',
  failed: 'system_error',
  'agent-deleted': 'system_error',
};

export function formatCall(call: Call, now: Date, reason?: EndReason | null): contract.Call {
  const { options } = call;
  return {
    id: call.id,
    status: statusOf(call, now),
    status_reason: call.why,
    direction: call.direction,
    persona_id: call.agentId,
    agent_id: options.profileId ?? null,
    contact_id: call.contactId,
    campaign_id: call.campaignId,
    phone: call.phone,
    phone_number_id: options.numberId ?? null,
    priority: call.priority,
    schedule_at: call.notBefore,
    next_attempt_at: call.status === 'waiting' ? call.dueAt : null,
    attempt_number: call.attempts,
    external_reference: call.externalReference,
    context: options.variables ?? {},
    conversation_id: call.conversationId,
    started_at: call.answeredAt,
    ended_at: call.endedAt,
    duration_seconds: call.durationSeconds === null ? null : Math.round(call.durationSeconds),
    ended_reason: hasEnded(call.status) ? endedReason(call.status, reason) : null,
    outcome: call.outcome,
    created_at: call.createdAt,
    updated_at: call.updatedAt,
  };
}

/** `messages` is null when the transcript is not stored. */
export function formatCallDetail(
  call: Call,
  now: Date,
  conversation: Pick<Conversation, 'analysis' | 'state'> | null,
  messages: readonly Message[] | null,
) {
  const summary = formatCall(call, now, conversation?.state.endReason);
  const findings = formatFindings(conversation?.analysis ?? null, messages && transcriptOf(messages));
  return { ...summary, ...findings, outcome: summary.outcome ?? findings.outcome };
}

/** Cancelling a cancelled call again changes nothing. A call that ended otherwise is refused. */
export function checkCancellable({ id, status }: Call): void {
  if (hasEnded(status) && status !== 'cancelled') throw new Fault('call_over', { id });
}

const uuidsIn = (value: unknown): string[] => (typeof value === 'string' && isUuid(value) ? [normalizeId(value)] : []);

/** The records that a request for a call names, besides its agent. */
export const referencesOf = (body: JsonObject): ReferenceIds => ({
  phoneNumberIds: uuidsIn(body['phone_number_id']),
  agentIds: uuidsIn(body['agent_id']),
  toolIds: toolIdsIn(body['config']),
});

export function personaIdIn(body: JsonObject): string {
  const { persona_id: id } = body;
  if (typeof id !== 'string') throw invalid(issuesOf(contract.PersonaCall, body));
  return id;
}

export function parseCall(
  body: JsonObject,
  view: View,
  complete: Complete,
  schema: s.Schema = contract.AgentCall,
): CallDraft {
  checkShape(schema, body);
  const fields = body as contract.AgentCall;
  const { priority, external_reference: externalReference, context: variables, config } = fields;
  const issues: Issue[] = [];
  const draft: CallDraft = {
    agent: { id: view.agent.id },
    ...parseRecipient(fields, complete, issues),
    ...parseVoiceConfigId(fields, view, issues),
    ...parsePhoneNumberId(fields, view, issues),
    ...parseSchedule(fields, issues),
    ...(priority != null && { priority }),
    ...(externalReference != null && { externalReference }),
    ...(variables != null && { variables }),
  };
  const overrides = config == null ? undefined : attempt(issues, () => parseOverrides(config, view));
  refuse(issues);
  return { ...draft, ...overrides };
}

type Draft = Partial<CallDraft>;

/** Exactly one of `contact_id` and `contact`. A new contact is stored together with the call. */
function parseRecipient({ contact_id: id, contact }: contract.AgentCall, complete: Complete, issues: Issue[]): Draft {
  if ((id == null) === (contact == null))
    issues.push({ path: 'contact_id', message: 'or contact is needed, and not both', rule: 'required' });
  const draft = contact == null ? undefined : attempt(issues, () => parseContact(contact, complete, {}, 'contact'));
  if (draft && !draft.phone)
    issues.push({ path: 'contact.phone', message: 'is required for a call', rule: 'required' });
  if (id != null) return { contact: { id: normalizeId(id) } };
  return draft ? { contact: draft, saveContact: true } : {};
}

function parseVoiceConfigId({ agent_id: id }: contract.AgentCall, view: View, issues: Issue[]): Draft {
  if (id == null) return {};
  issues.push(...voiceConfigIssues(id, view));
  return { profileId: normalizeId(id) };
}

function parsePhoneNumberId({ phone_number_id: id }: contract.AgentCall, view: View, issues: Issue[]): Draft {
  if (id == null) return {};
  const numberId = normalizeId(id);
  if (!view.references.phoneNumbers.has(numberId))
    issues.push({
      path: 'phone_number_id',
      message: 'refers to a phone number that does not exist',
      rule: 'reference',
    });
  return { numberId };
}

/** A time without an offset is UTC, whatever the time zone of the server. */
function parseSchedule({ schedule_at: at }: contract.AgentCall, issues: Issue[]): Draft {
  if (at == null) return {};
  const hasOffset = /([zZ]|[+-]\d{2}:?\d{2})$/.test(at);
  const notBefore = hasOffset ? at : `${at}Z`;
  if (!isStorableTime(notBefore))
    issues.push({ path: 'schedule_at', message: 'must be a date and time', rule: 'format' });
  return { notBefore };
}

/** Clients often send a persona's id where a voice configuration's is needed, so that has a sentence of its own. */
export function voiceConfigIssues(id: string, { agent, references }: View, path = 'agent_id'): Issue[] {
  const key = normalizeId(id);
  const { profiles } = agent.document;
  const issue = (message: string): Issue[] => [{ path, message, rule: 'reference' }];
  if (key === agent.id || references.agents.has(key))
    return issue('is the id of a persona; send the id of one of its voice configurations');
  if (!Object.hasOwn(profiles, key)) return issue('is not a voice configuration of this persona');
  return profiles[key]!.active ? [] : issue('is a voice configuration that is switched off');
}

/** A wrong urgency has a rule of its own, because the documents give it a status of its own (400). */
export function parseInjection(body: JsonObject): { text: string; urgency: (typeof contract.URGENCIES)[number] } {
  const issues = issuesOf(contract.InjectContext, body);
  if (issues.some(({ path }) => path === 'urgency'))
    throw invalidAt('urgency', `must be one of ${contract.URGENCIES.join(', ')}`, 'urgency');
  refuse(issues);
  const { text, urgency } = body as contract.InjectContext;
  return { text, urgency: urgency ?? 'soon' };
}
