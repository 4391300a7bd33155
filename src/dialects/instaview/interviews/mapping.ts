/** An interview by telephone is a call of the house that was asked for in this tongue: its shapes, and how it is shown. */
import type { AttemptStatus, Call, CallAttempt, CallStatus } from '../../../calling/call.ts';
import type { CallFilter } from '../../../calling/call-service.ts';
import type { Analysis, ConversationFacts, Message } from '../../../conversations/conversation.ts';
import { fingerprint } from '../../../lib/fingerprint.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import type { JsonObject } from '../../../lib/values.ts';
import { PageQuery } from '../agents/contract.ts';

export const INTERVIEW_STATUSES = [
  'UNDEFINED',
  'SCHEDULED',
  'CANCELLED',
  'FAILED',
  'COMPLETED',
  'IN_PROGRESS',
] as const;
type InterviewStatus = (typeof INTERVIEW_STATUSES)[number];
const ATTEMPT_STATUSES = ['SCHEDULED', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;

const Attempt = s.object({
  id: text.uuid(),
  direction: s.oneOf(['OUTBOUND']),
  status: s.oneOf(ATTEMPT_STATUSES),
  reasonCode: s.nullable(s.string({ examples: ['NO_ANSWER'] })),
  notes: s.nullable(s.string()),
  retryNumber: s.integer(),
  recordingUrl: s.nullable(s.string()),
  duration: s.nullable(s.integer({ description: 'Seconds.' })),
  scheduledAt: s.nullable(text.dateTime()),
  calledAt: s.nullable(text.dateTime()),
});

const Analysed = s.nullable(
  s.object({
    id: text.uuid(),
    general: s.object({
      overallRating: s.nullable(s.number()),
      companyFitRating: s.nullable(s.string()),
      education: s.nullable(s.string()),
      experience: s.nullable(s.string()),
      strongPoints: s.array(s.string()),
      weakPoints: s.array(s.string()),
      evaluation: s.array(s.unknown()),
      status: s.integer(),
      createdAt: text.dateTime(),
      updatedAt: text.dateTime(),
    }),
    specific: s.nullable(s.json()),
  }),
);

const shown = {
  id: text.uuid(),
  candidateId: s.nullable(text.uuid()),
  agentId: text.uuid(),
  jobId: s.nullable(text.uuid()),
  status: s.oneOf(INTERVIEW_STATUSES),
  scheduledAt: s.nullable(text.dateTime()),
  durationMinutes: s.nullable(s.integer()),
  finishedDate: s.nullable(text.dateTime()),
  metadata: s.json(),
  callAttempts: s.array(Attempt),
  analysis: Analysed,
  isTest: s.boolean(),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
};
export const ListedInterview = s.object(shown);
export const Interview = s.object({
  ...shown,
  transcript: s.nullable(
    s.array(s.object({ role: s.oneOf(['assistant', 'user']), content: s.string(), timestamp: text.dateTime() })),
  ),
});

export const InterviewQuery = s.object({
  ...PageQuery.properties,
  candidateId: s.optional(text.uuid()),
  agentId: s.optional(text.uuid()),
  status: s.optional(s.oneOf([...INTERVIEW_STATUSES, 'CANCELED'])),
});

export const OURS: CallFilter = { dialect: 'instaview', direction: 'outbound', withdrawn: false };

const STATUSES: Record<CallStatus, InterviewStatus> = {
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
export const statusOf = ({ status }: Pick<Call, 'status'>): InterviewStatus => STATUSES[status];

/** One spelling too many is in the documents. */
export function callStatuses(wanted: string): CallStatus[] {
  const status = wanted === 'CANCELED' ? 'CANCELLED' : wanted;
  return Object.entries(STATUSES).flatMap(([ours, theirs]) => (theirs === status ? [ours as CallStatus] : []));
}

const ATTEMPTS: Record<AttemptStatus, readonly [status: (typeof ATTEMPT_STATUSES)[number], reason: string | null]> = {
  reserved: ['IN_PROGRESS', null],
  in_progress: ['IN_PROGRESS', null],
  completed: ['COMPLETED', null],
  no_answer: ['FAILED', 'NO_ANSWER'],
  busy: ['FAILED', 'BUSY'],
  voicemail: ['FAILED', 'VOICEMAIL'],
  failed: ['FAILED', 'FAILED'],
  unknown: ['FAILED', 'UNKNOWN'],
  cancelled: ['CANCELLED', 'CANCELLED'],
  void: ['CANCELLED', 'CANCELLED'],
};

/** The same before an attempt is made and afterwards: it stands for the place among the attempts of its call. */
export const attemptIdOf = (callId: string, number: number): string => fingerprint(`attempt/${callId}/${number}`);

export interface Known {
  attempts: readonly CallAttempt[];
  conversation: ConversationFacts | undefined;
}

export function formatInterview(call: Call, { attempts, conversation }: Known): JsonObject {
  const { id, extras, durationSeconds } = call;
  return {
    id,
    candidateId: call.contactId,
    agentId: call.agentId,
    jobId: extras['jobId'] ?? null,
    status: statusOf(call),
    scheduledAt: askedFor(call, attempts),
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

export const isTest = ({ extras }: Pick<Call, 'extras'>): boolean => extras['isTest'] === true;

/** When somebody wanted it; only the attempt knows when it will be. One that was called sooner was wanted sooner. */
function askedFor(call: Call, attempts: readonly CallAttempt[]): string | null {
  const first = attempts[0]?.reservedAt;
  const wanted = call.progress.wanted?.at ?? call.notBefore;
  if (wanted !== null) return first !== undefined && first < wanted && call.status !== 'waiting' ? first : wanted;
  if (call.localStart === null) return call.createdAt;
  return first ?? call.dueAt;
}

const formatAttempts = (call: Call, attempts: readonly CallAttempt[]): JsonObject[] =>
  attemptsOf(call, attempts).map((said) =>
    Object.fromEntries(Object.keys(Attempt.properties).map((field) => [field, said[field]])),
  );

/** Those that were made, and the one that is to be, or that was never made. */
function attemptsOf(call: Call, attempts: readonly CallAttempt[]): JsonObject[] {
  const made = attempts.filter(({ status }) => status !== 'void');
  const shownOf = (number: number, place: number) => ({
    id: attemptIdOf(call.id, number),
    direction: 'OUTBOUND',
    retryNumber: place,
    recordingUrl: null,
  });
  const all: JsonObject[] = made.map((attempt, place) => {
    const [status, reasonCode] = ATTEMPTS[attempt.status];
    const { reservedAt, answeredAt, endedAt } = attempt;
    const talked = answeredAt !== null && endedAt !== null;
    return {
      ...shownOf(attempt.number, place),
      status,
      reasonCode,
      notes: attempt.endReason ?? attempt.why.time,
      duration: talked ? Math.round((Date.parse(endedAt) - Date.parse(answeredAt)) / 1000) : null,
      scheduledAt: reservedAt,
      calledAt: reservedAt,
    };
  });
  const next = { ...shownOf(call.attempts + 1, made.length), notes: call.why, duration: null, calledAt: null };
  if (call.status === 'waiting')
    return [...all, { ...next, status: 'SCHEDULED', reasonCode: null, scheduledAt: call.dueAt }];
  const last = made.at(-1)?.status;
  const neverMade =
    (call.status === 'cancelled' && last !== 'cancelled') || (call.status === 'blocked' && last !== 'cancelled');
  if (!neverMade) return all;
  const reasonCode = call.status === 'blocked' ? 'BLOCKED' : 'CANCELLED';
  return [...all, { ...next, status: 'CANCELLED', reasonCode, scheduledAt: askedFor(call, attempts) }];
}

/** What the house has found; what it does not evaluate is empty, and never made up. */
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
    .filter(({ role, text: said }) => (role === 'assistant' || role === 'user') && said.trim() !== '')
    .map(({ role, text: content, at: timestamp }) => ({ role, content, timestamp }));
