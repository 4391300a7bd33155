/** Maps calls to Ayra's conversations. */
import type { Call, CallStatus } from '../../../calling/call.ts';
import type { CallFilter, CallPage } from '../../../calling/call-service.ts';
import type { ConversationFacts, Message } from '../../../conversations/conversation.ts';
import * as text from '../../../lib/text.ts';
import { formatLanguage } from '../agents/languages.ts';
import { formatId, invalidQuery, type PagePosition, parseId, parseInstant } from '../shared.ts';
import * as contract from './contract.ts';
import { countWords, formatMessages, linesOf, renderTranscript, type TranscriptStyle } from './transcript.ts';

/** A call that waits or is ringing is not a conversation yet. */
const CALL_STATUSES: Record<contract.Status, readonly CallStatus[]> = {
  in_progress: ['in_progress'],
  completed: ['completed'],
  failed: ['failed', 'unknown'],
  abandoned: ['no_answer', 'busy', 'voicemail', 'declined', 'cancelled', 'blocked'],
};
const ALL_STATUSES = Object.values(CALL_STATUSES).flat();
const statusOf = (call: Call): contract.Status | undefined =>
  contract.STATUSES.find((status) => CALL_STATUSES[status].includes(call.status));

/** A call that was cancelled before its first attempt never was a conversation. */
export const isConversation = (call: Call): boolean => call.attempts > 0 && statusOf(call) !== undefined;

/** Calls with these statuses prevent the deletion of their agent. */
export const ACTIVE_STATUSES: readonly CallStatus[] = ['dialing', 'in_progress'];

/** The store sorts and filters by the same time. */
const startOf = (call: Call): string =>
  call.answeredAt ?? (call.direction === 'inbound' ? call.createdAt : (call.endedAt ?? call.createdAt));

/** `conversation` is absent when the call was not connected. */
export function formatConversation(call: Call, conversation: ConversationFacts | undefined) {
  return {
    id: formatId('conv_', call.id),
    call_id: formatId('call_', call.id),
    agent_id: formatId('agent_', call.agentId),
    caller: call.phone,
    status: statusOf(call),
    start_time: startOf(call),
    end_time: call.endedAt,
    duration: call.durationSeconds === null ? null : Math.round(call.durationSeconds),
    sentiment: call.sentiment,
    outcome: call.outcome,
    topics: conversation?.analysis?.tags.value ?? [],
    has_recording: false,
    has_transcript: call.hasTranscript,
    recording_url: null,
    transferred_to: call.transferredTo,
    metadata: call.metadata,
    config_version: conversation?.revision ?? null,
  };
}

/** One conversation with the parts that the query includes. `messages` is absent when they are not stored. */
export function formatDetail(
  call: Call,
  conversation: ConversationFacts | undefined,
  messages: readonly Message[] | undefined,
  { include_transcript = true, include_recording = true, include_analytics = true }: contract.DetailQuery,
) {
  const { recording_url, sentiment, outcome, topics, ...data } = formatConversation(call, conversation);
  const transcript = messages ? formatMessages(linesOf(messages), { timestamps: true, labels: true }) : null;
  return {
    ...data,
    ...(include_analytics && { sentiment, outcome, topics }),
    ...(include_recording && { recording_url }),
    ...(include_transcript && { transcript }),
  };
}

const styleOf = ({
  include_timestamps: timestamps = true,
  speaker_labels: labels = true,
}: contract.TranscriptQuery): TranscriptStyle => ({ timestamps, labels });

/** The transcript as text or subtitles; `undefined` if the query asks for JSON. */
export function formatFile(
  call: Call,
  { startedAt }: ConversationFacts,
  messages: readonly Message[],
  query: contract.TranscriptQuery,
): { type: string; text: string } | undefined {
  const { format = 'json' } = query;
  if (format === 'json') return undefined;
  return renderTranscript(format, linesOf(messages), call.answeredAt ?? startedAt, styleOf(query));
}

export function formatTranscript(
  call: Call,
  { locale }: ConversationFacts,
  messages: readonly Message[],
  query: contract.TranscriptQuery,
) {
  const { include_sentiment: hasSentiment = false } = query;
  const lines = linesOf(messages);
  return {
    conversation_id: formatId('conv_', call.id),
    language: formatLanguage(locale),
    word_count: countWords(lines, locale),
    ...(hasSentiment && { sentiment: call.sentiment }),
    messages: formatMessages(lines, styleOf(query), hasSentiment),
  };
}

const ORDERS = { start_time: 'started', duration: 'duration', sentiment: 'sentiment' } as const;

export const pageOf = (
  { sort_by = 'start_time', sort_order = 'desc' }: contract.ConversationQuery,
  { limit, offset }: PagePosition,
): CallPage => ({ limit, offset, by: ORDERS[sort_by], direction: sort_order });

/** Answers show whole seconds and the store has fractions, so the limits cover what rounds to these seconds. */
const HALF_UP = 0.5;
const HALF_DOWN = 0.4995;

/** `undefined` for a query that can find nothing. */
export function filterOf(query: contract.ConversationQuery): CallFilter | undefined {
  const { agent_id, caller, status, sentiment, outcome, min_duration, max_duration } = query;
  const { search, topic, start_date, end_date, has_transcript } = query;
  const agentId = agent_id === undefined ? undefined : parseId('agent_', agent_id);
  const filter: CallFilter = {
    attempted: true,
    status: status ? CALL_STATUSES[status] : ALL_STATUSES,
    ...(agentId !== undefined && { agentId }),
    ...(sentiment && { sentiment }),
    ...(outcome && { outcome }),
    ...(caller && { phone: parseNumber(caller) }),
    ...(min_duration !== undefined && { minDurationSeconds: min_duration - HALF_UP }),
    ...(max_duration !== undefined && { maxDurationSeconds: max_duration + HALF_DOWN }),
    ...(start_date && { startedSince: parseInstant('start_date', start_date) }),
    ...(end_date && { startedUntil: endOf(end_date) }),
    ...(has_transcript !== undefined && { hasTranscript: has_transcript }),
    ...(search && { search }),
    ...(topic && { tag: topic }),
  };
  const isImpossible = query.has_recording === true || (agent_id !== undefined && agentId === undefined);
  return isImpossible ? undefined : filter;
}

const PHONE_NUMBER = new RegExp(String(text.phoneNumber()['pattern']));

/** An unencoded plus arrives as a space. */
function parseNumber(sent: string): string {
  const number = sent.replace(/^ /, '+');
  if (!PHONE_NUMBER.test(number))
    throw invalidQuery('caller', 'must be a phone number in E.164 form, like +15551234567');
  return number;
}

const DAY_MS = 86_400_000;
/** The store compares times as text, which works up to the year 9999. */
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** The moment after an `end_date`, which includes the whole day or the moment that it names. */
function endOf(sent: string): string {
  const at = Date.parse(parseInstant('end_date', sent)) + (/^\d{4}-\d\d-\d\d$/.test(sent) ? DAY_MS : 1);
  return new Date(Math.min(at, LAST_MS)).toISOString();
}
