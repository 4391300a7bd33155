/** Maps Parlance's events to those of Kejue's webhooks. */

import type { ChainedEntry } from '../../../audit/entry.ts';
import type { Call } from '../../../calling/call.ts';
import type { Contact } from '../../../contacts/contact.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { EventContext, EventMapper, WebhookEvent } from '../../../webhooks/webhook.ts';
import { formatFindings, transcriptOf } from '../calls/findings.ts';
import { endedReason, statusOf } from '../calls/mapping.ts';

export const mapEvent: EventMapper = (entry, context) => MAPPERS[entry.action]?.(entry, context);

const withoutDashes = (id: string): string => id.replaceAll('-', '');

/** Every event has the same envelope. */
function envelope(entry: ChainedEntry, event: string, data: JsonObject, agentId?: unknown): WebhookEvent {
  const { id, workspaceId, at } = entry;
  return {
    type: event,
    ...(typeof agentId === 'string' && { agentId }),
    payload: {
      event,
      event_id: `evt_${withoutDashes(id)}`,
      workspace_id: `ws_${withoutDashes(workspaceId)}`,
      timestamp: at,
      data,
      metadata: {},
    },
  };
}

const contactChanged: EventMapper = (entry, { contact }) =>
  envelope(entry, 'contact.updated', {
    contact_id: entry.target,
    contact: formatContact(entry.target, contact?.fields),
  });

const callStarted: EventMapper = (entry, context) => {
  const { call } = context;
  if (!call) return undefined;
  const { detail } = entry;
  const conversationId = detail['conversationId'] ?? null;
  const data = {
    ...commonFields(call, detail['attempt']),
    conversation_id: conversationId,
    started_at: entry.at,
    call: callGroup(call, 'in_progress', 0),
    contact: contactGroup(context),
    conversation: conversationId && { id: conversationId, started_at: entry.at, ended_at: null },
  };
  return envelope(entry, 'call.started', data, call.agentId);
};

const callEnded: EventMapper = (entry, context) => {
  const { call, conversation } = context;
  if (!call) return undefined;
  const { detail } = entry;
  const attemptStatus = String(detail['status']);
  const status = statusOfAttempt(attemptStatus);
  const conversationId = detail['conversationId'] ?? null;
  const seconds = typeof detail['durationSeconds'] === 'number' ? Math.round(detail['durationSeconds']) : 0;
  const times = { started_at: conversation?.startedAt ?? null, ended_at: entry.at };
  const data = {
    ...commonFields(call, detail['attempt']),
    conversation_id: conversationId,
    status,
    ended_reason: endedReason(attemptStatus, conversation?.state.endReason),
    duration_seconds: seconds,
    transcript: context.messages ? transcriptOf(context.messages) : null,
    recording_url: null,
    ...times,
    retry: {
      will_retry: detail['willRetry'] === true,
      next_retry_at: detail['nextAt'] ?? null,
      attempt_number: detail['attempt'] ?? null,
    },
    call: callGroup(call, status, seconds),
    contact: contactGroup(context),
    conversation: conversationId && { id: conversationId, ...times },
  };
  return envelope(entry, 'call.ended', data, call.agentId);
};

const callAnalyzed: EventMapper = (entry, context) => {
  const { call, conversation } = context;
  if (!call || !conversation) return undefined;
  const findings = formatFindings(conversation.analysis, context.messages ? transcriptOf(context.messages) : null);
  const status = conversation.endedAt === null ? 'in_progress' : 'completed';
  const seconds = Math.round(call.durationSeconds ?? 0);
  const data = {
    // An attempt that led to a conversation is the last one, unless a client asks for another.
    ...commonFields(call, call.attempts),
    conversation_id: conversation.id,
    status,
    ended_reason: endedReason('completed', conversation.state.endReason),
    duration_seconds: seconds,
    ...findings,
    call: callGroup(call, status, seconds, findings),
    contact: contactGroup(context),
    conversation: { id: conversation.id, started_at: conversation.startedAt, ended_at: conversation.endedAt },
  };
  return envelope(entry, 'call.analyzed', data, call.agentId);
};

const campaignEvent: EventMapper = (entry, { campaign }) => {
  const { action, detail, target, at } = entry;
  const { agentId = null, status = null, reason = null } = detail;
  const data = {
    campaign_id: target,
    name: campaign?.name ?? null,
    status,
    reason,
    persona_id: agentId,
    voice_config_id: campaign?.profileId ?? null,
    metadata: campaign?.metadata ?? {},
    at,
  };
  return envelope(entry, action, data, agentId);
};

const MAPPERS: Readonly<Record<string, EventMapper>> = {
  'contact.created': contactChanged,
  'contact.updated': contactChanged,
  'call.started': callStarted,
  'call.ended': callEnded,
  'conversation.analyzed': callAnalyzed,
  'campaign.started': campaignEvent,
  'campaign.paused': campaignEvent,
  'campaign.resumed': campaignEvent,
  'campaign.failed': campaignEvent,
  'campaign.ended': campaignEvent,
};

/** The fields with which every event of a call begins. */
const commonFields = (call: Call, attempt: unknown): JsonObject => ({
  job_id: call.id,
  contact_id: call.contactId,
  persona_id: call.agentId,
  campaign_id: call.campaignId,
  direction: call.direction,
  channel: 'voice',
  job_type: `${call.direction}_call`,
  attempt_number: attempt ?? null,
  external_reference: call.externalReference,
});

/** Kejue's sample consumer reads the findings from this group. Before the analysis they are null. */
function callGroup(call: Call, status: string, seconds: number, findings = formatFindings(null, null)): JsonObject {
  const { summary, score, outcome, structured_data } = findings;
  return { id: call.id, status, summary, outcome_id: outcome, score, duration_seconds: seconds, structured_data };
}

/** The status of one attempt. The call may already have gone on to the next attempt. */
const statusOfAttempt = (status: string): string =>
  statusOf({ status: status as Exclude<Call['status'], 'waiting'>, dueAt: null }, new Date(0));

function contactGroup({ call, contact }: EventContext): JsonObject {
  const fields = contact?.fields ?? call?.contact;
  const formatted = formatContact(call?.contactId ?? null, fields);
  return { ...formatted, phone: formatted['phone'] ?? call?.phone ?? null };
}

function formatContact(id: string | null, fields?: Contact['fields'] | null): JsonObject {
  const { firstName = null, lastName = null, phone = null, email = null } = fields ?? {};
  const name = [firstName, lastName].filter((part) => part).join(' ') || null;
  return { id, name, first_name: firstName, last_name: lastName, phone, email };
}
