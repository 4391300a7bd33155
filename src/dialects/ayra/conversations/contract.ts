/** Ayra's conversations and their transcripts. */
import * as s from '../../../lib/schema.ts';
import { listOf, one, pageFields } from '../shared.ts';

export const STATUSES = ['in_progress', 'completed', 'failed', 'abandoned'] as const;
export type Status = (typeof STATUSES)[number];
const SENTIMENTS = ['positive', 'neutral', 'negative'] as const;
const SORTS = ['start_time', 'duration', 'sentiment'] as const;
export const FORMATS = ['json', 'text', 'srt', 'vtt'] as const;
export type FileFormat = Exclude<(typeof FORMATS)[number], 'json'>;
export const SPEAKERS = ['agent', 'caller'] as const;
export type Speaker = (typeof SPEAKERS)[number];

const flag = (description: string) => s.optional(s.boolean({ description }));
const time = (description: string) => s.optional(s.string({ description }));
const seconds = () => s.optional(s.integer({ minimum: 0, description: 'Seconds.' }));

export const ConversationQuery = s.object({
  ...pageFields,
  agent_id: s.optional(s.string()),
  status: s.optional(s.oneOf(STATUSES)),
  sentiment: s.optional(s.oneOf(SENTIMENTS)),
  outcome: s.optional(
    s.string({ description: 'The first tag that fits, or what happened: `transferred`, `after_hours` …' }),
  ),
  caller: s.optional(s.string({ description: "The contact's number, in E.164 form." })),
  min_duration: seconds(),
  max_duration: seconds(),
  start_date: time('ISO 8601: conversations that started then or later. UTC if it has no offset.'),
  end_date: time('ISO 8601: conversations that started then or earlier. A date includes the whole day.'),
  has_recording: flag('Parlance does not record calls, so `true` finds no conversation.'),
  has_transcript: flag('Whether the transcript is stored.'),
  search: s.optional(s.string({ description: 'Part of the transcript, in any case.' })),
  topic: s.optional(s.string({ description: 'One of its topics.' })),
  sort_by: s.optional(s.oneOf(SORTS)),
  sort_order: s.optional(s.oneOf(['asc', 'desc'])),
});
export type ConversationQuery = s.Static<typeof ConversationQuery>;

export const DetailQuery = s.object({
  include_transcript: flag('Default: true.'),
  include_recording: flag('Default: true.'),
  include_analytics: flag('Default: true.'),
});
export type DetailQuery = s.Static<typeof DetailQuery>;

export const TranscriptQuery = s.object({
  format: s.optional(s.oneOf(FORMATS, { description: 'Default: `json`.' })),
  include_timestamps: flag('Default: true. Subtitles always have timestamps.'),
  include_sentiment: flag('Default: false.'),
  speaker_labels: flag('Default: true.'),
});
export type TranscriptQuery = s.Static<typeof TranscriptQuery>;

const unmeasured = () => s.nullable(s.number({ description: 'Null: Parlance does not analyse the audio.' }));
const Message = s.object({
  id: s.string(),
  speaker: s.optional(s.oneOf(SPEAKERS)),
  text: s.string(),
  timestamp: s.optional(s.string()),
  duration: s.optional(unmeasured()),
  confidence: unmeasured(),
  sentiment: s.optional(s.nullable(s.oneOf(SENTIMENTS))),
});

const head = {
  id: s.string(),
  call_id: s.string(),
  agent_id: s.string(),
  caller: s.string({ description: "The contact's number." }),
  status: s.oneOf(STATUSES),
  start_time: s.string(),
  end_time: s.nullable(s.string()),
  duration: s.nullable(s.integer({ description: 'Seconds of conversation; null if there was none, or not yet.' })),
};
const analytics = {
  sentiment: s.nullable(s.oneOf(SENTIMENTS)),
  outcome: s.nullable(s.string()),
  topics: s.array(s.string()),
};
const flags = { has_recording: s.boolean(), has_transcript: s.boolean() };
const tail = {
  transferred_to: s.nullable(s.string()),
  metadata: s.json(),
  config_version: s.nullable(s.integer({ description: 'The revision of the agent that held the conversation.' })),
};
const recording = s.nullable(s.string({ description: 'Null: Parlance does not record calls.' }));

const ListedConversation = s.object({ ...head, ...analytics, ...flags, recording_url: recording, ...tail });
const Conversation = s.object({
  ...head,
  ...s.partial(s.object(analytics)).properties,
  ...flags,
  recording_url: s.optional(recording),
  transcript: s.optional(s.nullable(s.array(Message))),
  ...tail,
});
const Transcript = s.object({
  conversation_id: s.string(),
  language: s.nullable(s.string()),
  word_count: s.integer(),
  sentiment: s.optional(s.nullable(s.oneOf(SENTIMENTS))),
  messages: s.array(Message),
});

export const ConversationList = listOf(ListedConversation);
export const OneConversation = one(Conversation);
export const OneTranscript = one(Transcript);
