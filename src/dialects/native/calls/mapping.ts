/** Calls natively. */
import { CALL_STATUSES, type Call, type CallAttempt, hasEnded } from '../../../calling/call.ts';
import type { CallDraft, CallFilter, CallService } from '../../../calling/call-service.ts';
import { whomIn } from '../conversations/mapping.ts';
import { momentOf, wordsOf } from '../shared.ts';
import type { CallInput, CallQuery } from './contract.ts';

export function parseCall(body: unknown): CallDraft {
  const { agentId, contact, numberId, ...fields } = body as CallInput;
  return {
    ...fields,
    agent: { id: agentId.toLowerCase() },
    ...(contact && { contact: whomIn(contact) }),
    ...(numberId !== undefined && { numberId: numberId.toLowerCase() }),
  };
}

export function parseQuery({ status, since, until, ...equal }: Omit<CallQuery, 'limit' | 'cursor'>): CallFilter {
  return {
    ...equal,
    ...(status !== undefined && { status: wordsOf(status, CALL_STATUSES, 'status') }),
    ...(since !== undefined && { since: momentOf(since, 'since') }),
    ...(until !== undefined && { until: momentOf(until, 'until') }),
  };
}

function formatAttempt(attempt: CallAttempt) {
  const { workspaceId: _workspace, callId: _call, campaignId: _campaign, ...shown } = attempt;
  return shown;
}

export function formatCall(call: Call, attempts: readonly CallAttempt[] = []) {
  const { id, counter: number, agentId, direction, status, why, dueAt, options } = call;
  const { campaignId, contactId, contact, phone, notBefore, localStart, priority } = call;
  const { conversationId, answeredAt, endedAt, durationSeconds, transferredTo, outcome, sentiment } = call;
  const { hasTranscript, metadata, externalReference, dialect, by, createdAt, updatedAt } = call;
  return {
    ...{ id, number, agentId, direction, status, why, dueAt, again: againIn(call) },
    attempts: attempts.map(formatAttempt),
    ...{ campaignId, contactId, contact, phone, notBefore, localStart, priority, ...options },
    ...{ conversationId, answeredAt, endedAt, durationSeconds, transferredTo, outcome, sentiment },
    ...{ hasTranscript, metadata, externalReference, dialect, by, createdAt, updatedAt },
  };
}

function againIn({ status, progress: { pending } }: Call) {
  if (!pending || hasEnded(status)) return null;
  const { at, reason } = pending;
  return { at, reason };
}

export function formatEligibility({ call, step, zones }: Awaited<ReturnType<CallService['eligibility']>>) {
  const { status, dueAt, why } = call;
  if (status !== 'waiting') return { status, next: null, zones };
  // The dialer skips it: its campaign has not been started, or is paused.
  if (dueAt === null) return { status, next: { do: 'wait', at: null, why }, zones };
  const at = step.do === 'wait' ? new Date(step.until).toISOString() : null;
  return { status, next: { do: step.do, at, why: step.why }, zones };
}
