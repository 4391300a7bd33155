/** A call as Ayra knows it: a conversation. Its shapes, and the list query in the house's words. */
import type { Call, CallStatus } from '../../../calling/call.ts';
import type { CallFilter, CallPage } from '../../../calling/call-service.ts';
import type { ConversationFacts } from '../../../conversations/conversation.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { Pagination } from '../agents/contract.ts';
import { idOf, instant, refusedQuery, shownId } from '../agents/mapping.ts';
import { FORMATS, SPEAKERS } from './transcript.ts';

export const STATUSES = ['in_progress', 'completed', 'failed', 'abandoned'] as const;
type Status = (typeof STATUSES)[number];
const SENTIMENTS = ['positive', 'neutral', 'negative'] as const;
const SORTS = ['start_time', 'duration', 'sentiment'] as const;

/** A call that waits for its time, or rings, is no conversation yet. */
const STATUSES_OF: Record<Status, readonly CallStatus[]> = {
  in_progress: ['in_progress'],
  completed: ['completed'],
  failed: ['failed', 'unknown'],
  abandoned: ['no_answer', 'busy', 'voicemail', 'declined', 'cancelled', 'blocked'],
};
const ANY = Object.values(STATUSES_OF).flat();
const statusOf = (call: Call): Status | undefined => STATUSES.find((one) => STATUSES_OF[one].includes(call.status));

/** What was called off before a telephone rang never became one either. */
export const isConversation = (call: Call): boolean => call.attempts > 0 && statusOf(call) !== undefined;

/** What keeps an agent from being deleted. */
export const ACTIVE: readonly CallStatus[] = ['dialing', 'in_progress'];

const flag = (description: string) => s.optional(s.boolean({ description }));
const when = (description: string) => s.optional(s.string({ description }));
const seconds = () => s.optional(s.integer({ minimum: 0, description: 'Seconds.' }));

export const ConversationQuery = s.object({
  page: s.optional(s.integer({ minimum: 1, maximum: 1_000_000, description: '1 unless said.' })),
  per_page: s.optional(s.integer({ minimum: 1, maximum: 100, description: '25 unless said.' })),
  agent_id: s.optional(s.string()),
  status: s.optional(s.oneOf(STATUSES)),
  sentiment: s.optional(s.oneOf(SENTIMENTS)),
  outcome: s.optional(s.string({ description: 'The first tag that was found to fit, `transferred`, `after_hours` …' })),
  caller: s.optional(s.string({ description: "The other side's number, E.164." })),
  min_duration: seconds(),
  max_duration: seconds(),
  start_date: when('ISO 8601: begun then or later; UTC where no offset is given.'),
  end_date: when('ISO 8601: begun then or earlier; a day is meant to its end.'),
  has_recording: flag('Calls are not recorded: true finds none.'),
  has_transcript: flag('Whether what was said has been kept.'),
  search: s.optional(s.string({ description: 'Words that were said, in any case.' })),
  topic: s.optional(s.string({ description: 'One of its topics.' })),
  sort_by: s.optional(s.oneOf(SORTS)),
  sort_order: s.optional(s.oneOf(['asc', 'desc'])),
});
export type ConversationQuery = s.Static<typeof ConversationQuery>;

export const DetailQuery = s.object({
  include_transcript: flag('True unless said.'),
  include_recording: flag('True unless said.'),
  include_analytics: flag('True unless said.'),
});
export type DetailQuery = s.Static<typeof DetailQuery>;

export const TranscriptQuery = s.object({
  format: s.optional(s.oneOf(FORMATS, { description: '`json` unless said.' })),
  include_timestamps: flag('True unless said. Subtitles always have them.'),
  include_sentiment: flag('False unless said.'),
  speaker_labels: flag('True unless said.'),
});
export type TranscriptQuery = s.Static<typeof TranscriptQuery>;

const unmeasured = () => s.nullable(s.number({ description: 'Not measured without sound.' }));
const Said = s.object({
  id: s.string(),
  speaker: s.optional(s.oneOf(SPEAKERS)),
  text: s.string(),
  timestamp: s.optional(s.string()),
  duration: s.optional(unmeasured()),
  confidence: unmeasured(),
  sentiment: s.optional(s.nullable(s.oneOf(SENTIMENTS))),
});

const shape = {
  id: s.string(),
  call_id: s.string(),
  agent_id: s.string(),
  caller: s.string({ description: "The other side's number." }),
  status: s.oneOf(STATUSES),
  start_time: s.string(),
  end_time: s.nullable(s.string()),
  duration: s.nullable(s.integer({ description: 'Seconds of talk; null where there was none, or is not yet.' })),
};
const analytics = {
  sentiment: s.nullable(s.oneOf(SENTIMENTS)),
  outcome: s.nullable(s.string()),
  topics: s.array(s.string()),
};
const flags = { has_recording: s.boolean(), has_transcript: s.boolean() };
const rest = {
  transferred_to: s.nullable(s.string()),
  metadata: s.json(),
  config_version: s.nullable(s.integer({ description: 'The revision of the agent that it was held on.' })),
};
const recording = s.nullable(s.string({ description: 'Calls are not recorded.' }));

const Listed = s.object({ ...shape, ...analytics, ...flags, recording_url: recording, ...rest });
const Conversation = s.object({
  ...shape,
  ...s.partial(s.object(analytics)).properties,
  ...flags,
  recording_url: s.optional(recording),
  transcript: s.optional(s.nullable(s.array(Said))),
  ...rest,
});
const meta = { request_id: s.string(), timestamp: s.string() };
export const ConversationList = s.object({
  data: s.array(Listed),
  meta: s.object({ ...meta, pagination: Pagination }),
});
export const OneConversation = s.object({ data: Conversation, meta: s.object(meta) });
export const OneTranscript = s.object({
  data: s.object({
    conversation_id: s.string(),
    language: s.nullable(s.string()),
    word_count: s.integer(),
    sentiment: s.optional(s.nullable(s.oneOf(SENTIMENTS))),
    messages: s.array(Said),
  }),
  meta: s.object(meta),
});

/** What it is sorted and looked for by; the store reckons the same. */
const begunAt = (call: Call): string =>
  call.answeredAt ?? (call.direction === 'inbound' ? call.createdAt : (call.endedAt ?? call.createdAt));

/** `talk` is what was held in the call, where somebody answered. */
export function formatConversation(call: Call, talk: ConversationFacts | undefined) {
  return {
    id: shownId('conv_', call.id),
    call_id: shownId('call_', call.id),
    agent_id: shownId('agent_', call.agentId),
    caller: call.phone,
    status: statusOf(call),
    start_time: begunAt(call),
    end_time: call.endedAt,
    duration: call.durationSeconds === null ? null : Math.round(call.durationSeconds),
    sentiment: call.sentiment,
    outcome: call.outcome,
    topics: talk?.analysis?.tags.value ?? [],
    has_recording: false,
    has_transcript: call.hasTranscript,
    recording_url: null,
    transferred_to: call.transferredTo,
    metadata: call.metadata,
    config_version: talk?.revision ?? null,
  };
}

const ORDERS = { start_time: 'begun', duration: 'duration', sentiment: 'sentiment' } as const;
const NUMBER = text.phoneNumber();
const DAY_MS = 86_400_000;
/** A call is looked for by the whole seconds that it shows; it was measured in milliseconds, and halves are rounded up. */
const HALF_UP = 0.5;
const HALF_DOWN = 0.4995;
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** A list query in the house's words; without a filter there is nothing that could be found. */
export function parseConversations(query: ConversationQuery): {
  filter: CallFilter | undefined;
  page: CallPage & { offset: number };
} {
  const { page = 1, per_page = 25, sort_by = 'start_time', sort_order = 'desc', agent_id, caller } = query;
  const { status, sentiment, outcome, min_duration, max_duration, search, topic, start_date, end_date } = query;
  const agentId = agent_id === undefined ? undefined : idOf('agent_', agent_id);
  const impossible = query.has_recording === true || (agent_id !== undefined && agentId === undefined);
  const filter: CallFilter = {
    attempted: true,
    status: status ? STATUSES_OF[status] : ANY,
    ...(agentId !== undefined && { agentId }),
    ...(sentiment && { sentiment }),
    ...(outcome && { outcome }),
    ...(caller && { phone: numberIn(caller) }),
    ...(min_duration !== undefined && { minDurationSeconds: min_duration - HALF_UP }),
    ...(max_duration !== undefined && { maxDurationSeconds: max_duration + HALF_DOWN }),
    ...(start_date && { begunSince: instant('start_date', start_date) }),
    ...(end_date && { begunUntil: justAfter(end_date) }),
    ...(query.has_transcript !== undefined && { hasTranscript: query.has_transcript }),
    ...(search && { search }),
    ...(topic && { tag: topic }),
  };
  return {
    filter: impossible ? undefined : filter,
    page: { limit: per_page, offset: (page - 1) * per_page, by: ORDERS[sort_by], direction: sort_order },
  };
}

/** Whoever forgets to encode the plus sends a space. */
function numberIn(caller: string): string {
  const number = caller.replace(/^ /, '+');
  if (!new RegExp(String(NUMBER['pattern'])).test(number))
    throw refusedQuery('caller', 'must be a phone number in E.164 form, like +15551234567');
  return number;
}

/** The end of a day is its last moment; a moment is still meant. Moments beyond four digits would not compare as text. */
function justAfter(text: string): string {
  const at = Date.parse(instant('end_date', text)) + (/^\d{4}-\d\d-\d\d$/.test(text) ? DAY_MS : 1);
  return new Date(Math.min(at, LAST_MS)).toISOString();
}
