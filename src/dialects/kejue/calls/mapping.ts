/** Kejue's calls: their shapes, and what a request for one means. */

import type { ReferenceIds, View } from '../../../agents/view.ts';
import { type Call, type CallStatus, isOver } from '../../../calling/call.ts';
import type { CallDraft, CallFilter } from '../../../calling/call-service.ts';
import type { ContactInput } from '../../../contacts/contact.ts';
import type { EndReason } from '../../../conversations/conversation.ts';
import { type Issue, invalid } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import * as s from '../../../lib/schema.ts';
import { isMoment, isUuid } from '../../../lib/text.ts';
import type { JsonObject } from '../../../lib/values.ts';
import * as contract from '../agents/contract.ts';
import { type Complete, ContactBody, parseContact } from '../contacts/mapping.ts';
import { named } from '../shared.ts';
import { callEndpointFields } from '../webhooks/mapping.ts';
import { parseOverrides, toolIdsIn } from './overrides.ts';

const maybe = <S extends s.Schema>(schema: S) => s.optional(s.nullable(schema));

const voice = contract.UpdateVoiceConfig.properties;
/** "API override": above the campaign, the agent and the workspace, key by key. */
export const CallConfig = s.object({
  prompt: voice.prompt,
  first_message: voice.first_message,
  first_message_uninterruptible: voice.first_message_uninterruptible,
  voice_id: voice.voice_id,
  temperature: voice.temperature,
  max_duration: voice.max_duration,
  silence_timeout: voice.silence_timeout,
  recording_enabled: voice.recording_enabled,
  language_locale: voice.language_locale,
  inactivity_messages: voice.inactivity_messages,
  ...contract.CallSettings.properties,
  tools: maybe(
    s.array(s.object({ id: s.string({ minLength: 1, maxLength: 100 }), config: maybe(s.json()) }), { maxItems: 50 }),
  ),
  ...callEndpointFields,
});

const callFields = {
  contact_id: maybe(s.string()),
  contact: maybe({ ...ContactBody, description: 'A new contact.' }),
  agent_id: maybe(s.string({ description: 'The id of a voice configuration, instead of the default one.' })),
  phone_number_id: maybe(s.string({ description: 'The number to call from, whatever the phone assignment mode.' })),
  schedule_at: maybe(
    s.string({
      pattern: '^\\d{4}-\\d{2}-\\d{2}[Tt ]\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?([zZ]|[+-]\\d{2}:?\\d{2})?$',
      'x-pattern-is': 'a date and time like 2026-05-01T09:30:00Z',
      description: 'Not before; without an offset it is UTC. Absent: now.',
      examples: ['2026-05-01T09:30:00Z'],
    }),
  ),
  priority: maybe(s.integer({ minimum: 0, maximum: 100, description: '50 unless said; the greater first.' })),
  config: maybe(CallConfig),
  external_reference: maybe(s.string({ maxLength: 255 })),
  context: maybe(s.json({ description: 'Values for the templates.' })),
};
export const AgentCall = s.object(callFields);
export const PersonaCall = s.object({ persona_id: s.string(), ...callFields });

const shown = s.nullable(s.string());
const STATUSES = [
  'queued',
  'scheduled',
  'in_progress',
  'completed',
  'no_answer',
  'busy',
  'failed',
  'cancelled',
] as const;
type Status = (typeof STATUSES)[number];

export const KejueCall = s.object({
  id: s.string(),
  status: s.oneOf(STATUSES),
  status_reason: s.string({ description: 'Why it stands as it does.' }),
  direction: s.oneOf(['outbound', 'inbound']),
  persona_id: s.string(),
  agent_id: s.nullable(s.string({ description: 'The voice configuration that was asked for.' })),
  contact_id: shown,
  campaign_id: shown,
  phone: s.string(),
  phone_number_id: shown,
  priority: s.integer(),
  schedule_at: shown,
  next_attempt_at: shown,
  attempt_number: s.integer(),
  external_reference: shown,
  context: s.json(),
  conversation_id: shown,
  started_at: shown,
  ended_at: shown,
  duration_seconds: s.nullable(s.integer()),
  ended_reason: shown,
  outcome: shown,
  created_at: s.string(),
  updated_at: s.string(),
});
export const KejueCallDetail = s.object({
  ...KejueCall.properties,
  transcript: shown,
  recording_url: shown,
  summary: shown,
  score: s.nullable(s.number()),
  structured_data: s.nullable(s.json()),
});

export const CallQuery = s.object({
  contact_id: s.optional(s.string()),
  status: s.optional(s.oneOf(STATUSES)),
  persona_id: s.optional(s.string()),
  campaign_id: s.optional(s.string()),
  direction: s.optional(s.oneOf(['outbound', 'inbound'])),
  external_reference: s.optional(s.string()),
  limit: s.optional(s.integer({ minimum: 1, maximum: 1000 })),
  offset: s.optional(s.integer({ minimum: 0 })),
});
export const CallList = s.object({
  calls: s.array(KejueCall),
  total: s.integer(),
  limit: s.integer(),
  offset: s.integer(),
});

export const URGENCIES = ['immediate', 'soon', 'later'] as const;
export const InjectContext = s.object({
  text: s.string({ minLength: 1, maxLength: 32_000 }),
  urgency: maybe(s.oneOf(URGENCIES)),
});

/** A telephone that rings is not a call in progress yet; the two words for waiting are told apart by the time. */
const WORDS: Record<Exclude<CallStatus, 'waiting'>, Status> = {
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

export function statusOf({ status, dueAt }: Pick<Call, 'status' | 'dueAt'>, now: Date): Status {
  if (status !== 'waiting') return WORDS[status];
  return dueAt !== null && Date.parse(dueAt) > now.getTime() ? 'scheduled' : 'queued';
}

/** Which calls are meant by one of the words. */
export function filterOf(query: s.Static<typeof CallQuery>, now: Date): CallFilter {
  const { contact_id, status, persona_id, campaign_id, direction, external_reference } = query;
  const meant = Object.entries(WORDS).flatMap(([ours, word]) => (word === status ? [ours as CallStatus] : []));
  const waits = status === 'queued' || status === 'scheduled';
  return {
    ...(contact_id !== undefined && { contactId: named(contact_id) }),
    ...(persona_id !== undefined && { agentId: named(persona_id) }),
    ...(campaign_id !== undefined && { campaignId: named(campaign_id) }),
    ...(direction !== undefined && { direction }),
    ...(external_reference !== undefined && { externalReference: external_reference }),
    ...(status !== undefined && { status: waits ? [...meant, 'waiting'] : meant }),
    ...(status === 'queued' && { dueBy: now.toISOString() }),
    ...(status === 'scheduled' && { dueAfter: now.toISOString() }),
  };
}

/** Who ended it and how, in the words of the telephone engine whose vocabulary Kejue shares. */
export function endedReason(status: string, reason?: EndReason | null): string {
  if (status !== 'completed') return UNTALKED[status] ?? 'unjoined';
  return reason == null ? 'hangup' : TALKED[reason];
}
const UNTALKED: Record<string, string> = { failed: 'connection_error', unknown: 'connection_error' };
const TALKED: Record<EndReason, string> = {
  'hung-up': 'hangup',
  agent: 'agent_hangup',
  transferred: 'agent_hangup',
  ended: 'agent_hangup',
  idle: 'timeout',
  'timed-out': 'timeout',
  failed: 'system_error',
  'agent-deleted': 'system_error',
};

export function formatCall(call: Call, now: Date, reason?: EndReason | null): s.Static<typeof KejueCall> {
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
    ended_reason: isOver(call.status) ? endedReason(call.status, reason) : null,
    outcome: call.outcome,
    created_at: call.createdAt,
    updated_at: call.updatedAt,
  };
}

const idsIn = (value: unknown): string[] => (typeof value === 'string' && isUuid(value) ? [named(value)] : []);

/** What a request for a call names, besides its agent. */
export const wantsForCall = (body: JsonObject): ReferenceIds => ({
  phoneNumberIds: idsIn(body['phone_number_id']),
  agentIds: idsIn(body['agent_id']),
  toolIds: toolIdsIn(body['config']),
});

/** Everything that is wrong is said at once. */
export function parseCall(body: JsonObject, view: View, complete: Complete, shape: s.Schema = AgentCall): CallDraft {
  const issues: Issue[] = issuesOf(shape, body);
  if (issues.length > 0) throw invalid(issues);
  const said = body as s.Static<typeof AgentCall>;
  const draft: CallDraft = { agent: { id: view.agent.id } };
  if ((said.contact_id == null) === (said.contact == null))
    issues.push({ path: 'contact_id', message: 'or contact is needed, and not both', rule: 'required' });
  const contact =
    said.contact == null ? undefined : attempt(issues, () => parseContact(said.contact, complete, {}, 'contact'));
  if (contact) Object.assign(draft, { contact: contact satisfies ContactInput, keeps: true });
  if (contact && !contact.phone)
    issues.push({ path: 'contact.phone', message: 'is required for a call', rule: 'required' });
  if (said.contact_id != null) draft.contact = { id: named(said.contact_id) };
  if (said.agent_id != null) {
    issues.push(...voiceConfigIssues(said.agent_id, view));
    draft.profileId = named(said.agent_id);
  }
  if (said.phone_number_id != null) {
    draft.numberId = named(said.phone_number_id);
    if (!view.references.phoneNumbers.has(draft.numberId))
      issues.push({
        path: 'phone_number_id',
        message: 'refers to a phone number that does not exist',
        rule: 'reference',
      });
  }
  if (said.schedule_at != null) {
    draft.notBefore = momentOf(said.schedule_at);
    if (!isMoment(draft.notBefore))
      issues.push({ path: 'schedule_at', message: 'must be a date and time', rule: 'format' });
  }
  if (said.priority != null) draft.priority = said.priority;
  if (said.external_reference != null) draft.externalReference = said.external_reference;
  if (said.context != null) draft.variables = said.context;
  const config =
    said.config == null ? undefined : attempt(issues, () => parseOverrides(said.config as JsonObject, view));
  if (issues.length > 0) throw invalid(issues);
  return { ...draft, ...config };
}

/** An agent_id is a voice configuration's; whoever sends a persona's is told so. */
export function voiceConfigIssues(id: string, { agent, references }: View, path = 'agent_id'): Issue[] {
  const key = named(id);
  const { profiles } = agent.document;
  const issue = (message: string): Issue[] => [{ path, message, rule: 'reference' }];
  if (key === agent.id || references.agents.has(key))
    return issue('is the id of a persona; send that of one of its voice configurations');
  if (!Object.hasOwn(profiles, key)) return issue('is not a voice configuration of this persona');
  return profiles[key]!.active ? [] : issue('is a voice configuration that is switched off');
}

/** Without an offset it is UTC, whatever the clock of the server. */
const momentOf = (text: string): string => {
  const hasOffset = /([zZ]|[+-]\d{2}:?\d{2})$/.test(text);
  return hasOffset ? text : `${text}Z`;
};

function attempt<T>(issues: Issue[], work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    const found = (error as { issues?: Issue[] }).issues ?? [];
    if (found.length === 0) throw error;
    issues.push(...found);
    return undefined;
  }
}
