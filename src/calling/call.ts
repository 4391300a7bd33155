/** Calls in both directions, their attempts, and the rules for counting attempts. Pure. */
import type { ContactInput } from '../contacts/contact.ts';
import type { JsonObject } from '../lib/values.ts';

/**
 * A call is `waiting` between attempts, `dialing` from the reservation of an attempt until the answer, and
 * `in_progress` while it is connected. All other statuses are final. `blocked`: the rules forbid the call. `unknown`:
 * the carrier accepted the call and reported no result. `declined`: an inbound call that the agent did not take.
 */
export const CALL_STATUSES = [
  'waiting',
  'dialing',
  'in_progress',
  'completed',
  'no_answer',
  'busy',
  'voicemail',
  'failed',
  'unknown',
  'blocked',
  'declined',
  'cancelled',
] as const;
export type CallStatus = (typeof CALL_STATUSES)[number];

export const OPEN_CALL_STATUSES = ['waiting', 'dialing', 'in_progress'] as const satisfies readonly CallStatus[];
export const hasEnded = (status: CallStatus): boolean => !(OPEN_CALL_STATUSES as readonly string[]).includes(status);

/**
 * An attempt is `reserved` until the contact answers. `void`: the attempt was reserved and never dialed, so it does not
 * count.
 */
export const ATTEMPT_STATUSES = [
  'reserved',
  'in_progress',
  'completed',
  'no_answer',
  'busy',
  'voicemail',
  'failed',
  'unknown',
  'cancelled',
  'void',
] as const;
export type AttemptStatus = (typeof ATTEMPT_STATUSES)[number];
export type AttemptEnd = Exclude<AttemptStatus, 'reserved' | 'in_progress'>;

/** Why the attempt is made. `callback`: the contact asked for it. `asked`: a client requested it. */
export const ATTEMPT_REASONS = ['first', 'retry', 'callback', 'asked', 'incoming'] as const;
export type AttemptReason = (typeof ATTEMPT_REASONS)[number];

/** One attempt to connect a call. */
export interface CallAttempt {
  workspaceId: string;
  id: string;
  callId: string;
  campaignId: string | null;
  /** Counted from 1. */
  number: number;
  reason: AttemptReason;
  status: AttemptStatus;
  /** The caller number in E.164; null where none is shown. */
  from: string | null;
  fromNumberId: string | null;
  to: string;
  /** Sentences: why at this time, why from this number, and which preferred number was not available. */
  why: { time: string; number: string; fallback?: string };
  conversationId: string | null;
  reservedAt: string;
  answeredAt: string | null;
  endedAt: string | null;
  /** A sentence for the operator. */
  endReason: string | null;
}

/** An attempt outside the retry budget: a callback for the contact, or a manual attempt that a client requested. */
export interface PendingAttempt {
  at: string;
  reason: 'callback' | 'asked';
  /** The final status of the call before the request. */
  was?: CallStatus;
}

/** What the retry rules know about the attempts so far. */
export interface CallProgress {
  /** First attempts and retries so far. */
  spent: number;
  last: { status: AttemptEnd; endedAt: string; reason: AttemptReason } | null;
  pending?: PendingAttempt;
  /** The pending attempt that is being made now. It is pending again if the attempt turns out `void`. */
  current?: PendingAttempt;
  /** The client withdrew the call: a running attempt goes on, its transcript is not stored, and no attempt follows. */
  withdrawn?: true;
  /** Why a client cancelled the call while it was ringing. No attempt follows, even if the hang-up failed. */
  cancelReason?: string;
}

/** Options of a call that the client sets when it places the call. */
export interface CallOptions {
  /** The profile that the agent uses. */
  profileId?: string;
  locale?: string;
  /** The preferred caller number. */
  numberId?: string;
  revision?: number;
  label?: string;
  variables?: JsonObject;
  /** The strongest layer: profile fields and call settings for this call alone. */
  overrides?: JsonObject;
  /** Overrides the profile's limit. */
  maxDurationSeconds?: number;
  /** The call is made even if its agent is deleted first; it then uses the agent's last document. */
  outlivesAgent?: true;
}

export const CALL_OPTIONS = [
  'profileId',
  'locale',
  'numberId',
  'revision',
  'label',
  'variables',
  'overrides',
  'maxDurationSeconds',
  'outlivesAgent',
] as const satisfies readonly (keyof CallOptions)[];

export interface Call {
  workspaceId: string;
  id: string;
  /** The integer id for dialects without UUIDs. */
  counter: number;
  agentId: string;
  direction: 'outbound' | 'inbound';
  /** The dialect of the client that placed it. */
  dialect: string;
  by: string;
  campaignId: string | null;
  contactId: string | null;
  /** The contact's number in E.164. */
  phone: string;
  /** Facts about a person who is not a contact of the workspace. */
  contact: ContactInput | null;
  status: CallStatus;
  /** A sentence: why the call has this status. */
  why: string;
  /** 0 to 100; higher priorities are dialed first. */
  priority: number;
  /** The earliest moment of the first attempt, ISO 8601. */
  notBefore: string | null;
  /** The earliest local time of the first attempt on the contact's clock, `YYYY-MM-DDTHH:MM`. */
  localStart: string | null;
  /** When the dialer considers the call next, or when the lease of its attempt ends; null once the call has ended. */
  dueAt: string | null;
  progress: CallProgress;
  /** How many attempts were reserved, including `void` ones. */
  attempts: number;
  options: CallOptions;
  /** The client's free-form map; events repeat it. */
  metadata: JsonObject;
  /** Fields that only the call's dialect knows. */
  extras: JsonObject;
  externalReference: string | null;
  /** The conversation of the attempt that was answered. */
  conversationId: string | null;
  transferredTo: string | null;
  /** A tag of the analysis, or `transferred`, or `after_hours`. */
  outcome: string | null;
  sentiment: string | null;
  /** Whether the transcript is stored. */
  hasTranscript: boolean;
  answeredAt: string | null;
  endedAt: string | null;
  /** Seconds from answer to hang-up; null where the call was never connected. */
  durationSeconds: number | null;
  createdAt: string;
  updatedAt: string;
  /** Counts the changes; a guarded write names the version that it read. */
  version: number;
}

export const MAX_PRIORITY = 100;
export const DEFAULT_PRIORITY = 50;

/** A number that no agent of the workspace calls. */
export interface DoNotCallEntry {
  workspaceId: string;
  phone: string;
  reason: string | null;
  at: string;
  by: string;
}

/** What a new call has unless its creator sets it. */
const callDefaults = () =>
  ({
    campaignId: null,
    contactId: null,
    contact: null,
    notBefore: null,
    localStart: null,
    dueAt: null,
    progress: { spent: 0, last: null },
    attempts: 0,
    options: {},
    metadata: {},
    extras: {},
    externalReference: null,
    conversationId: null,
    transferredTo: null,
    outcome: null,
    sentiment: null,
    hasTranscript: false,
    answeredAt: null,
    endedAt: null,
    durationSeconds: null,
    version: 1,
  }) satisfies Partial<Call>;

type Defaulted = keyof ReturnType<typeof callDefaults> | 'updatedAt';
type CallFields = Omit<Call, 'counter' | Defaulted> & Partial<Pick<Call, Defaulted>>;

/** A call before it is stored. The store assigns the counter. */
export const newCall = (fields: CallFields): Omit<Call, 'counter'> => ({
  ...callDefaults(),
  updatedAt: fields.createdAt,
  ...fields,
});

/** An attempt as it is reserved, before the phone rings. */
export const newAttempt = (
  fields: Omit<CallAttempt, 'status' | 'conversationId' | 'answeredAt' | 'endedAt' | 'endReason'>,
): CallAttempt => ({
  ...fields,
  status: 'reserved',
  conversationId: null,
  answeredAt: null,
  endedAt: null,
  endReason: null,
});

/** Whether an attempt for this reason counts toward the retry budget. */
export const isBudgeted = (reason: AttemptReason): boolean => reason === 'first' || reason === 'retry';

/** The progress after an attempt is reserved. A budgeted attempt leaves a pending one in place. */
export function startProgress(progress: CallProgress, reason: AttemptReason): CallProgress {
  if (isBudgeted(reason)) return { ...progress, spent: progress.spent + 1 };
  const { pending, ...rest } = progress;
  const after: CallProgress = rest;
  if (pending) after.current = pending;
  return after;
}

/** The progress after an attempt has ended. A `void` attempt restores the budget and the pending attempt. */
export function endProgress(progress: CallProgress, last: NonNullable<CallProgress['last']>): CallProgress {
  const { current, ...rest } = progress;
  if (last.status !== 'void') return { ...rest, last };
  const after: CallProgress = { ...rest, spent: rest.spent - (isBudgeted(last.reason) ? 1 : 0) };
  if (current && !after.pending) after.pending = current;
  return after;
}

/** The resolved settings that decide when a contact may be called, and how often. */
export interface CallPolicy {
  allowedDays: readonly number[];
  window: { start: string; end: string };
  autoRetry: boolean;
  retrySchedule: readonly number[];
  phoneAssignmentMode: 'all' | 'local' | 'foreign';
  /** Dates without calls on the contact's calendar, `YYYY-MM-DD`, including those of the contact's country. */
  holidays: readonly string[];
}
