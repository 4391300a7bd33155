/** What Kejue calls the things that happen, for its webhooks. */

import type { ChainedEntry } from '../../../audit/entry.ts';
import type { Call } from '../../../calling/call.ts';
import type { Contact } from '../../../contacts/contact.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { EventContext, EventMapper, WebhookEvent } from '../../../webhooks/webhook.ts';
import { formatFindings, transcriptOf } from '../calls/findings.ts';
import { endedReason, statusOf } from '../calls/mapping.ts';

const bare = (id: string): string => id.replaceAll('-', '');

/** Everything comes in one envelope. */
function envelope(entry: ChainedEntry, event: string, data: JsonObject, agentId?: unknown): WebhookEvent {
  const { id, workspaceId, at } = entry;
  return {
    type: event,
    ...(typeof agentId === 'string' && { agentId }),
    payload: {
      event,
      event_id: `evt_${bare(id)}`,
      workspace_id: `ws_${bare(workspaceId)}`,
      timestamp: at,
      data,
      metadata: {},
    },
  };
}

export const mapEvent: EventMapper = (entry, context) => TOLD[entry.action]?.(entry, context);

const contactChanged: EventMapper = (entry, { contact }) =>
  envelope(entry, 'contact.updated', { contact_id: entry.target, contact: person(entry.target, contact) });

const TOLD: Readonly<Record<string, EventMapper>> = {
  'contact.created': contactChanged,
  'contact.updated': contactChanged,
  'call.started': (entry, context) => {
    const { call } = context;
    if (!call) return undefined;
    const { detail } = entry;
    const conversationId = detail['conversationId'] ?? null;
    const data = {
      ...about(call, detail['attempt']),
      conversation_id: conversationId,
      started_at: entry.at,
      call: grouped(call, 'in_progress', 0),
      contact: reached(context),
      conversation: conversationId && { id: conversationId, started_at: entry.at, ended_at: null },
    };
    return envelope(entry, 'call.started', data, call.agentId);
  },
  'call.ended': (entry, context) => {
    const { call, conversation } = context;
    if (!call) return undefined;
    const { detail } = entry;
    const [status, word] = [String(detail['status']), wordFor(String(detail['status']))];
    const reason = conversation?.state.endReason;
    const conversationId = detail['conversationId'] ?? null;
    const seconds = typeof detail['durationSeconds'] === 'number' ? Math.round(detail['durationSeconds']) : 0;
    const span = { started_at: conversation?.startedAt ?? null, ended_at: entry.at };
    const data = {
      ...about(call, detail['attempt']),
      conversation_id: conversationId,
      status: word,
      ended_reason: endedReason(status, reason),
      duration_seconds: seconds,
      transcript: context.said ? transcriptOf(context.said) : null,
      recording_url: null,
      ...span,
      retry: {
        will_retry: detail['willRetry'] === true,
        next_retry_at: detail['nextAt'] ?? null,
        attempt_number: detail['attempt'] ?? null,
      },
      call: grouped(call, word, seconds),
      contact: reached(context),
      conversation: conversationId && { id: conversationId, ...span },
    };
    return envelope(entry, 'call.ended', data, call.agentId);
  },
  'conversation.analyzed': (entry, context) => {
    const { call, conversation } = context;
    if (!call || !conversation) return undefined;
    const findings = formatFindings(conversation.analysis, context.said ? transcriptOf(context.said) : null);
    // An attempt that was talked is the last one, unless somebody asked for another.
    const status = conversation.endedAt === null ? 'in_progress' : 'completed';
    const seconds = Math.round(call.durationSeconds ?? 0);
    const data = {
      ...about(call, call.attempts),
      conversation_id: conversation.id,
      status,
      ended_reason: endedReason('completed', conversation.state.endReason),
      duration_seconds: seconds,
      ...findings,
      call: grouped(call, status, seconds, findings),
      contact: reached(context),
      conversation: { id: conversation.id, started_at: conversation.startedAt, ended_at: conversation.endedAt },
    };
    return envelope(entry, 'call.analyzed', data, call.agentId);
  },
  'campaign.started': campaignStep('campaign.started'),
  'campaign.paused': campaignStep('campaign.paused'),
  'campaign.resumed': campaignStep('campaign.resumed'),
  'campaign.failed': campaignStep('campaign.failed'),
  'campaign.ended': campaignStep('campaign.ended'),
};

function campaignStep(event: string): EventMapper {
  return (entry, { campaign }) => {
    const { detail, target, at } = entry;
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
    return envelope(entry, event, data, agentId);
  };
}

/** What every event of a call begins with. */
const about = (call: Call, attempt: unknown): JsonObject => ({
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

/** The same facts once more, as Kejue's own sample consumer reads them; before the analysis nothing is found yet. */
function grouped(call: Call, status: string, seconds: number, found = formatFindings(null, null)): JsonObject {
  const { summary, score, outcome, structured_data } = found;
  return { id: call.id, status, summary, outcome_id: outcome, score, duration_seconds: seconds, structured_data };
}

/** Of one attempt: the call may have gone on since. */
const wordFor = (status: string): string =>
  statusOf({ status: status as Exclude<Call['status'], 'waiting'>, dueAt: null }, new Date(0));

function reached({ call, contact }: EventContext): JsonObject {
  const { id, ...rest } = person(call?.contactId ?? null, contact, call?.contact);
  return { id, ...rest, phone: rest['phone'] ?? call?.phone ?? null };
}

function person(id: string | null, contact?: Contact, said?: Contact['fields'] | null): JsonObject {
  const { firstName = null, lastName = null, phone = null, email = null } = contact?.fields ?? said ?? {};
  const name = [firstName, lastName].filter((part) => part).join(' ') || null;
  return { id, name, first_name: firstName, last_name: lastName, phone, email };
}
