/** Maps Parlance's events to those of InstaView's webhooks. Only interviews have events, and deleted ones have none. */
import type { Call } from '../../../calling/call.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { EventMapper, WebhookEvent } from '../../../webhooks/webhook.ts';
import { attemptIdOf } from '../interviews/attempts.ts';
import { formatAnalysis, isInterview, isTest, jobIdOf } from '../interviews/mapping.ts';

interface InterviewEvent {
  event: string;
  status: string;
  /** The number of the attempt. */
  attempt?: number;
  error?: string;
}

export const mapEvent: EventMapper = (entry, { deliveryId, call, conversation }): WebhookEvent | undefined => {
  if (!call || !isInterview(call)) return undefined;
  const mapped = eventOf(entry.action, entry.detail, call);
  if (!mapped) return undefined;
  const { event, status, attempt, error } = mapped;
  const analysis = event === 'analysis.completed' && conversation?.analysis;
  const data: JsonObject = {
    interviewId: call.id,
    callAttemptId: attempt ? attemptIdOf(call.id, attempt) : null,
    candidateId: call.contactId,
    jobId: jobIdOf(call),
    status,
    ...(error !== undefined && { error }),
    ...(analysis && { analysis: formatAnalysis(conversation, analysis) }),
  };
  return { type: event, payload: { event, timestamp: entry.at, deliveryId, data }, agentId: call.agentId };
};

function eventOf(action: string, detail: JsonObject, call: Call): InterviewEvent | undefined {
  const attempt = typeof detail['attempt'] === 'number' ? { attempt: detail['attempt'] } : {};
  if (action === 'call.created' && isTest(call)) return { event: 'interview.completed', status: 'COMPLETED' };
  if (action === 'call.started') return { event: 'interview.started', status: 'IN_PROGRESS', ...attempt };
  if (action === 'conversation.analyzed')
    return { event: 'analysis.completed', status: 'COMPLETED', attempt: call.attempts };
  // An attempt that Parlance retries is not a failure yet. A cancelled interview has neither completed nor failed.
  if (action !== 'call.ended' || detail['over'] !== true || detail['status'] === 'cancelled') return undefined;
  if (detail['status'] === 'completed') return { event: 'interview.completed', status: 'COMPLETED', ...attempt };
  const error = String(detail['reason'] ?? 'The candidate was not reached');
  return { event: 'interview.failed', status: 'FAILED', ...attempt, error };
}
