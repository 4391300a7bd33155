/** Calls and attempts as rows, and back. */

import type { ContactInput } from '../contacts/contact.ts';
import type { ResultRow } from '../db/engine.ts';
import type { CallAttemptsTable, CallsTable } from '../db/tables.ts';
import type { JsonObject } from '../lib/values.ts';
import type {
  AttemptReason,
  AttemptStatus,
  Call,
  CallAttempt,
  CallOptions,
  CallProgress,
  CallStatus,
  PendingAttempt,
} from './call.ts';

/** The JSON of the column `progress`. Its keys are stored, so they keep their names when the code renames a field. */
interface StoredProgress {
  spent: number;
  last: CallProgress['last'];
  wanted?: PendingAttempt;
  doing?: PendingAttempt;
  withdrawn?: true;
  calledOff?: string;
}

function storedProgress({ spent, last, withdrawn, ...progress }: CallProgress): StoredProgress {
  const stored: StoredProgress = { spent, last };
  if (progress.pending) stored.wanted = progress.pending;
  if (progress.current) stored.doing = progress.current;
  if (withdrawn) stored.withdrawn = withdrawn;
  if (progress.cancelReason !== undefined) stored.calledOff = progress.cancelReason;
  return stored;
}

function progressFrom({ spent, last, withdrawn, ...stored }: StoredProgress): CallProgress {
  const progress: CallProgress = { spent, last };
  if (stored.wanted) progress.pending = stored.wanted;
  if (stored.doing) progress.current = stored.doing;
  if (withdrawn) progress.withdrawn = withdrawn;
  if (stored.calledOff !== undefined) progress.cancelReason = stored.calledOff;
  return progress;
}

/** The columns of a call that later writes may change. */
export const mutableCallColumns = (call: Omit<Call, 'counter'>) => ({
  status: call.status,
  why: call.why,
  priority: call.priority,
  not_before: call.notBefore,
  due_at: call.dueAt,
  progress: JSON.stringify(storedProgress(call.progress)),
  attempts: call.attempts,
  metadata: JSON.stringify(call.metadata),
  extras: JSON.stringify(call.extras),
  conversation_id: call.conversationId,
  transferred_to: call.transferredTo,
  outcome: call.outcome,
  sentiment: call.sentiment,
  has_transcript: call.hasTranscript ? 1 : 0,
  answered_at: call.answeredAt,
  ended_at: call.endedAt,
  duration_seconds: call.durationSeconds,
  updated_at: call.updatedAt,
});

export const callColumns = (call: Omit<Call, 'counter'>): Omit<CallsTable, 'counter'> => ({
  workspace_id: call.workspaceId,
  id: call.id,
  agent_id: call.agentId,
  direction: call.direction,
  dialect: call.dialect,
  by: call.by,
  campaign_id: call.campaignId,
  contact_id: call.contactId,
  phone: call.phone,
  contact: call.contact && JSON.stringify(call.contact),
  local_start: call.localStart,
  wishes: JSON.stringify(call.options),
  external_reference: call.externalReference,
  created_at: call.createdAt,
  version: call.version,
  ...mutableCallColumns(call),
});

export function callOf(found: ResultRow): Call {
  const row = found as unknown as Omit<CallsTable, 'counter'> & { counter: number };
  return {
    workspaceId: row.workspace_id,
    id: row.id,
    counter: Number(row.counter),
    agentId: row.agent_id,
    direction: row.direction as Call['direction'],
    dialect: row.dialect,
    by: row.by,
    campaignId: row.campaign_id,
    contactId: row.contact_id,
    phone: row.phone,
    contact: row.contact === null ? null : (JSON.parse(row.contact) as ContactInput),
    status: row.status as CallStatus,
    why: row.why,
    priority: Number(row.priority),
    notBefore: row.not_before,
    localStart: row.local_start,
    dueAt: row.due_at,
    progress: progressFrom(JSON.parse(row.progress) as StoredProgress),
    attempts: Number(row.attempts),
    options: JSON.parse(row.wishes) as CallOptions,
    metadata: JSON.parse(row.metadata) as JsonObject,
    extras: JSON.parse(row.extras) as JsonObject,
    externalReference: row.external_reference,
    conversationId: row.conversation_id,
    transferredTo: row.transferred_to,
    outcome: row.outcome,
    sentiment: row.sentiment,
    hasTranscript: Number(row.has_transcript) === 1,
    answeredAt: row.answered_at,
    endedAt: row.ended_at,
    durationSeconds: row.duration_seconds === null ? null : Number(row.duration_seconds),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: Number(row.version),
  };
}

/** The columns of an attempt that later writes may change. */
export const mutableAttemptColumns = (attempt: CallAttempt) => ({
  status: attempt.status,
  conversation_id: attempt.conversationId,
  answered_at: attempt.answeredAt,
  ended_at: attempt.endedAt,
  end_reason: attempt.endReason,
});

export const attemptColumns = (attempt: CallAttempt): CallAttemptsTable => ({
  workspace_id: attempt.workspaceId,
  id: attempt.id,
  call_id: attempt.callId,
  campaign_id: attempt.campaignId,
  number: attempt.number,
  reason: attempt.reason,
  shown: attempt.from,
  shown_id: attempt.fromNumberId,
  called: attempt.to,
  why: JSON.stringify(attempt.why),
  reserved_at: attempt.reservedAt,
  ...mutableAttemptColumns(attempt),
});

export function attemptOf(found: ResultRow): CallAttempt {
  const row = found as unknown as CallAttemptsTable;
  return {
    workspaceId: row.workspace_id,
    id: row.id,
    callId: row.call_id,
    campaignId: row.campaign_id,
    number: Number(row.number),
    reason: row.reason as AttemptReason,
    status: row.status as AttemptStatus,
    from: row.shown,
    fromNumberId: row.shown_id,
    to: row.called,
    why: JSON.parse(row.why) as CallAttempt['why'],
    conversationId: row.conversation_id,
    reservedAt: row.reserved_at,
    answeredAt: row.answered_at,
    endedAt: row.ended_at,
    endReason: row.end_reason,
  };
}
