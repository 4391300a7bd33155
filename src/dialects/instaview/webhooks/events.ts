/** What has happened, in InstaView's words: of its own interviews, and nothing of those that somebody has deleted. */
import type { Call } from '../../../calling/call.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { EventMapper, WebhookEvent } from '../../../webhooks/webhook.ts';
import { attemptIdOf, formatAnalysis, isTest, OURS } from '../interviews/mapping.ts';

type Told = { event: string; status: string; attempt?: number; more?: JsonObject };

export const mapEvent: EventMapper = (entry, { deliveryId, call, conversation }): WebhookEvent | undefined => {
  if (!call || call.dialect !== OURS.dialect || call.direction !== OURS.direction) return undefined;
  if (call.progress.withdrawn) return undefined;
  const told = toldOf(entry.action, entry.detail, call);
  if (!told) return undefined;
  const { event, status, attempt, more } = told;
  const analysis = event === 'analysis.completed' && conversation?.analysis;
  const data: JsonObject = {
    interviewId: call.id,
    callAttemptId: attempt ? attemptIdOf(call.id, attempt) : null,
    candidateId: call.contactId,
    jobId: call.extras['jobId'] ?? null,
    status,
    ...more,
    ...(analysis && { analysis: formatAnalysis(conversation, analysis) }),
  };
  return { type: event, payload: { event, timestamp: entry.at, deliveryId, data }, agentId: call.agentId };
};

function toldOf(action: string, detail: JsonObject, call: Call): Told | undefined {
  const attempt = typeof detail['attempt'] === 'number' ? { attempt: detail['attempt'] } : {};
  if (action === 'call.created' && isTest(call)) return { event: 'interview.completed', status: 'COMPLETED' };
  if (action === 'call.started') return { event: 'interview.started', status: 'IN_PROGRESS', ...attempt };
  if (action === 'conversation.analyzed')
    return { event: 'analysis.completed', status: 'COMPLETED', attempt: call.attempts };
  // One that is tried again has not failed yet, and one that somebody called off has neither failed nor succeeded.
  if (action !== 'call.ended' || detail['over'] !== true || detail['status'] === 'cancelled') return undefined;
  if (detail['status'] === 'completed') return { event: 'interview.completed', status: 'COMPLETED', ...attempt };
  const more = { error: String(detail['reason'] ?? 'The candidate was not reached') };
  return { event: 'interview.failed', status: 'FAILED', ...attempt, more };
}
