/** Calls: whom an agent is to reach or who called it, every attempt at that, and what came of it. */
import type { ContactInput } from '../contacts/contact.ts';
import type { JsonObject } from '../lib/values.ts';

/**
 * `waiting` until its time has come; `dialing` from the reservation of an attempt until somebody answers. The rest are
 * ends: `blocked` may never be placed, `unknown` was handed to the carrier and nobody knows what came of it, `declined`
 * came in and was not talked to.
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
export const isOver = (status: CallStatus): boolean => !(OPEN_CALL_STATUSES as readonly string[]).includes(status);

/**
 * `reserved` before it is dialled, and until somebody answers. `void`: reserved and certainly never dialled, so that it
 * counts for nothing.
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

/** Why it was made: retries share one budget, a callback is what the contact asked for, `asked` is what a person did. */
export const ATTEMPT_REASONS = ['first', 'retry', 'callback', 'asked', 'incoming'] as const;
export type AttemptReason = (typeof ATTEMPT_REASONS)[number];

/** One time that a telephone rang, or was to ring. */
export interface CallAttempt {
  workspaceId: string;
  id: string;
  callId: string;
  campaignId: string | null;
  /** Counted from 1. */
  number: number;
  reason: AttemptReason;
  status: AttemptStatus;
  /** The number that is shown; null where there is none to show. */
  from: string | null;
  fromNumberId: string | null;
  to: string;
  /** Why now, and why from that number; a fallback says what it fell back from. */
  why: { time: string; number: string; fallback?: string };
  conversationId: string | null;
  reservedAt: string;
  answeredAt: string | null;
  endedAt: string | null;
  /** A sentence for whoever looks into it. */
  endReason: string | null;
}

/**
 * An attempt besides those of the budget: the contact has asked to be called back then, or a person has asked for it.
 * `was`: how the call had ended before.
 */
export interface PendingAttempt {
  at: string;
  reason: 'callback' | 'asked';
  was?: CallStatus;
}

/** What the rules of trying again need to know of the attempts so far. */
export interface CallProgress {
  /** Attempts that were spent from the budget that all reasons share. */
  spent: number;
  last: { status: AttemptEnd; endedAt: string; reason: AttemptReason } | null;
  wanted?: PendingAttempt;
  /** The wish that the attempt under way is made for: it stands again if that attempt turns out never to have been. */
  doing?: PendingAttempt;
  /** Whoever asked for it takes it back: what rings is played out, nothing of it is kept, and it is not tried again. */
  withdrawn?: true;
  /** Somebody called it off while it rang, and why: it is not tried again, also if the ringing could not be ended. */
  calledOff?: string;
}

/** What was asked for when the call was made, besides whom to call. */
export interface CallOptions {
  /** The profile to speak as. */
  profileId?: string;
  locale?: string;
  /** The number to show, if it can be. */
  numberId?: string;
  revision?: number;
  label?: string;
  variables?: JsonObject;
  /** Above every other level, with the words and the call settings that it overrules. */
  overrides?: JsonObject;
  /** The call is ended after so many seconds, whatever the profile says. */
  maxDurationSeconds?: number;
  /** It is made, and goes on, although its agent is deleted meanwhile: with the agent as it was then. */
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
  /** The integer that tongues without UUIDs call it by. */
  counter: number;
  agentId: string;
  direction: 'outbound' | 'inbound';
  /** The tongue it was made in. */
  dialect: string;
  by: string;
  campaignId: string | null;
  contactId: string | null;
  /** The other side's number in E.164. */
  phone: string;
  /** What is known of the other side where it is not one of the workspace's contacts. */
  contact: ContactInput | null;
  status: CallStatus;
  /** Why it stands as it does: a sentence. */
  why: string;
  /** 0 to 100, the greater first. */
  priority: number;
  /** Never before this moment. */
  notBefore: string | null;
  /** Nor before this time on the contact's own clock, `YYYY-MM-DDTHH:MM`. */
  localStart: string | null;
  /** When it is looked at next; null once it is over, or while an attempt is under way. */
  dueAt: string | null;
  progress: CallProgress;
  /** How many attempts there were, those that count for nothing among them. */
  attempts: number;
  options: CallOptions;
  /** The caller's own, echoed in events. */
  metadata: JsonObject;
  /** What only the tongue it was made in has words for. */
  extras: JsonObject;
  externalReference: string | null;
  /** Of the attempt that was answered. */
  conversationId: string | null;
  transferredTo: string | null;
  /** What came of it in one word: a tag of the analysis, `transferred`, `after_hours`. */
  outcome: string | null;
  sentiment: string | null;
  /** Whether what was said has been kept. */
  hasTranscript: boolean;
  answeredAt: string | null;
  endedAt: string | null;
  /** Of the talk, in seconds; null where there was none. */
  durationSeconds: number | null;
  createdAt: string;
  updatedAt: string;
  /** Counts its changes: a write says which one it goes on from. */
  version: number;
}

export const MAX_PRIORITY = 100;
export const DEFAULT_PRIORITY = 50;

/** Somebody who is never called, by whichever campaign or tongue. */
export interface DoNotCallEntry {
  workspaceId: string;
  phone: string;
  reason: string | null;
  at: string;
  by: string;
}

/** What a call is before anything has come of it, where whoever makes it says nothing else. */
type Unsaid =
  | 'campaignId'
  | 'contactId'
  | 'contact'
  | 'notBefore'
  | 'localStart'
  | 'dueAt'
  | 'progress'
  | 'attempts'
  | 'options'
  | 'metadata'
  | 'extras'
  | 'externalReference'
  | 'conversationId'
  | 'transferredTo'
  | 'outcome'
  | 'sentiment'
  | 'hasTranscript'
  | 'answeredAt'
  | 'endedAt'
  | 'durationSeconds'
  | 'updatedAt'
  | 'version';
type CallSaid = Omit<Call, 'counter' | Unsaid> & Partial<Pick<Call, Unsaid>>;

export const newCall = (said: CallSaid): Omit<Call, 'counter'> => ({
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
  updatedAt: said.createdAt,
  version: 1,
  ...said,
});

/** An attempt as it is reserved, before the telephone rings. */
export const newAttempt = (
  said: Omit<CallAttempt, 'status' | 'conversationId' | 'answeredAt' | 'endedAt' | 'endReason'>,
): CallAttempt => ({
  ...said,
  status: 'reserved',
  conversationId: null,
  answeredAt: null,
  endedAt: null,
  endReason: null,
});

/** Whether an attempt for this reason is paid for from the budget that all attempts share. */
export const isBudgeted = (reason: AttemptReason): boolean => reason === 'first' || reason === 'retry';

/** What was asked for is being done from now on; an attempt that the budget pays for leaves the wish standing. */
export function begun({ wanted, ...progress }: CallProgress, reason: AttemptReason): CallProgress {
  if (isBudgeted(reason)) return { ...progress, ...(wanted && { wanted }), spent: progress.spent + 1 };
  return { ...progress, ...(wanted && { doing: wanted }) };
}

/** The attempt is over. One that never was is forgotten: its budget and its wish are as they were. */
export function ended({ doing, ...progress }: CallProgress, last: NonNullable<CallProgress['last']>): CallProgress {
  if (last.status !== 'void') return { ...progress, last };
  const unspent = isBudgeted(last.reason) ? 1 : 0;
  return { ...(doing && { wanted: doing }), ...progress, spent: progress.spent - unspent };
}

/** Rules that decide when a contact may be called and how often, as the settings have resolved them. */
export interface CallPolicy {
  allowedDays: readonly number[];
  window: { start: string; end: string };
  autoRetry: boolean;
  retrySchedule: readonly number[];
  phoneAssignmentMode: 'all' | 'local' | 'foreign';
  /** Days without calls by the contact's calendar, `YYYY-MM-DD`, those of its country among them. */
  holidays: readonly string[];
}
