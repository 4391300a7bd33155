/** Maps outbound calls of this dialect to InstaView's interviews. */
import type { Call, CallAttempt, CallStatus } from '../../../calling/call.ts';
import type { CallFilter } from '../../../calling/call-service.ts';
import type { Analysis, ConversationFacts, Message } from '../../../conversations/conversation.ts';
import type { JsonObject } from '../../../lib/values.ts';
import { formatAttempts, requestedTime } from './attempts.ts';
import type * as contract from './contract.ts';

/** The calls that are interviews. */
export const INTERVIEW_CALLS: CallFilter = { dialect: 'instaview', direction: 'outbound', withdrawn: false };

const STATUSES: Record<CallStatus, contract.InterviewStatus> = {
  waiting: 'SCHEDULED',
  dialing: 'IN_PROGRESS',
  in_progress: 'IN_PROGRESS',
  completed: 'COMPLETED',
  no_answer: 'FAILED',
  busy: 'FAILED',
  voicemail: 'FAILED',
  failed: 'FAILED',
  unknown: 'FAILED',
  blocked: 'FAILED',
  declined: 'FAILED',
  cancelled: 'CANCELLED',
};

export function filterOf({ candidateId, agentId, status }: contract.InterviewQuery): CallFilter {
  return {
    ...INTERVIEW_CALLS,
    ...(candidateId !== undefined && { contactId: candidateId.toLowerCase() }),
    ...(agentId !== undefined && { agentId: agentId.toLowerCase() }),
    ...(status !== undefined && { status: callStatuses(status) }),
  };
}

/** The documents use both CANCELLED and CANCELED. */
function callStatuses(sent: string): CallStatus[] {
  const status = sent === 'CANCELED' ? 'CANCELLED' : sent;
  return Object.entries(STATUSES).flatMap(([own, shown]) => (shown === status ? [own as CallStatus] : []));
}

/** Whether a call is an interview. Deleted (withdrawn) interviews are not. */
export const isInterview = ({ dialect, direction, progress }: Call): boolean =>
  dialect === INTERVIEW_CALLS.dialect && direction === INTERVIEW_CALLS.direction && !progress.withdrawn;

export const isTest = ({ extras }: Pick<Call, 'extras'>): boolean => extras['isTest'] === true;

export const jobIdOf = ({ extras }: Pick<Call, 'extras'>): unknown => extras['jobId'] ?? null;

export function formatInterview(
  call: Call,
  attempts: readonly CallAttempt[],
  conversation: ConversationFacts | undefined,
): JsonObject {
  const { durationSeconds } = call;
  return {
    id: call.id,
    candidateId: call.contactId,
    agentId: call.agentId,
    jobId: jobIdOf(call),
    status: STATUSES[call.status],
    scheduledAt: requestedTime(call, attempts),
    durationMinutes: durationSeconds === null ? null : Math.ceil(durationSeconds / 60),
    finishedDate: call.endedAt,
    metadata: call.metadata,
    callAttempts: isTest(call) ? [] : formatAttempts(call, attempts),
    analysis: conversation?.analysis ? formatAnalysis(conversation, conversation.analysis) : null,
    isTest: isTest(call),
    createdAt: call.createdAt,
    updatedAt: call.updatedAt,
  };
}

/** Parlance finds the score only. The other findings stay empty. */
export function formatAnalysis({ id }: ConversationFacts, { at, score }: Analysis): JsonObject {
  return {
    id,
    general: {
      overallRating: score.value,
      companyFitRating: null,
      education: null,
      experience: null,
      strongPoints: [],
      weakPoints: [],
      evaluation: [],
      status: 3,
      createdAt: at,
      updatedAt: at,
    },
    specific: null,
  };
}

export const formatTranscript = (messages: readonly Message[]): JsonObject[] =>
  messages
    .filter(({ role, text }) => (role === 'assistant' || role === 'user') && text.trim() !== '')
    .map(({ role, text: content, at: timestamp }) => ({ role, content, timestamp }));
