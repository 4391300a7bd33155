/** Sessions: their shapes, and how conversations are shown as AgentHuman's sessions. */

import type { View } from '../../../agents/view.ts';
import {
  type Channel,
  type Conversation,
  type ConversationFacts,
  isSpoken,
} from '../../../conversations/conversation.ts';
import type { EndFields, PlacedMessage, StartRequest, Tally } from '../../../conversations/service.ts';
import { invalid } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import * as s from '../../../lib/schema.ts';
import type { JsonObject } from '../../../lib/values.ts';
import { firstWords } from '../agents/default-greeting.ts';
import { agentFace } from '../agents/mapping.ts';

const TYPES = ['agent_voice', 'agent_video', 'agent_chat', 'webrtc_video'] as const;
type SessionType = (typeof TYPES)[number];
const success = s.boolean({ const: true });
const integerOrNull = () => s.nullable(s.integer());
const textOrNull = () => s.nullable(s.string());

export const StartSession = s.object({
  agent_id: s.integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  session_type: s.optional(
    s.oneOf([...TYPES, 'voice'], { description: '`agent_voice` unless said; `voice` means the same.' }),
  ),
  metadata: s.optional(s.json()),
});
type StartSession = s.Static<typeof StartSession>;

export const EndSession = s.object({
  duration: s.optional(
    s.integer({ minimum: 0, maximum: 31_536_000, description: 'Seconds; reckoned from the times unless said.' }),
  ),
  transcript: s.optional(s.string({ maxLength: 1_000_000, description: 'Instead of what was said here.' })),
  metadata: s.optional(s.json({ description: 'Added to what was said at the start.' })),
});
type EndSession = s.Static<typeof EndSession>;

export const SayInput = s.object({ content: s.string({ minLength: 1, maxLength: 32_000 }) });

const paged = {
  limit: s.optional(s.integer({ minimum: 1, maximum: 1000, description: 'All of them unless said.' })),
  offset: s.optional(s.integer({ minimum: 0, maximum: 1_000_000_000 })),
};
export const SessionsQuery = s.object({
  agent_id: s.optional(s.integer({ minimum: 1 })),
  status: s.optional(s.oneOf(['all', 'active', 'completed'])),
  ...paged,
});
export type SessionsQuery = s.Static<typeof SessionsQuery>;
export const AgentSessionsQuery = s.object(paged);

const STATUSES = ['active', 'completed'] as const;
const times = {
  status: s.oneOf(STATUSES),
  started_at: s.string(),
  ended_at: textOrNull(),
  duration: s.nullable(s.integer({ description: 'Seconds.' })),
};
const face = {
  avatar_id: integerOrNull(),
  avatar_name: textOrNull(),
  avatar_url: textOrNull(),
  voice_id: textOrNull(),
};
const head = { session_id: s.integer(), agent_id: s.integer(), agent_name: s.string(), session_type: s.oneOf(TYPES) };
const Listed = s.object({ ...head, ...times, created_at: s.string(), ...face });
export const SessionStarted = s.object({
  success,
  session: s.object({ ...head, status: times.status, started_at: s.string(), metadata: s.json(), ...face }),
  message: s.string(),
});
export const SessionList = s.object({ success, sessions: s.array(Listed) });
export const AgentSessions = s.object({
  success,
  sessions: s.array(
    s.object({
      id: s.integer(),
      session_id: s.integer(),
      agent_id: s.integer(),
      call_type: s.oneOf(['voice', 'video', 'chat']),
      ...times,
      metadata: s.json(),
      created_at: s.string(),
    }),
  ),
});
export const SessionAnswer = s.object({
  success,
  session: s.object({ ...Listed.properties, transcript: s.string(), metadata: s.json(), language: s.string() }),
});
export const SessionEnded = s.object({
  success,
  session: s.object({ ...head, ...times, transcript: s.string(), metadata: s.json() }),
  message: s.string(),
});
const Words = s.object({ role: s.oneOf(['user', 'assistant']), content: s.string(), created_at: s.string() });
export const SessionMessages = s.object({ success, messages: s.array(Words) });
export const Reply = s.object({
  success,
  message: s.object({ role: s.oneOf(['assistant']), content: s.string() }),
  status: s.oneOf(STATUSES, { description: 'Of the session: the agent may have ended it.' }),
});

/** What a session keeps of its agent and its face: they stay as they were when it began. */
interface Extras {
  sessionType: SessionType;
  agent: { agent_id: number; agent_name: string };
  face: JsonObject;
  durationSeconds?: number;
  transcript?: string;
}
const extrasOf = ({ extras }: ConversationFacts): Extras => extras as unknown as Extras;

export function parseStart(body: unknown): StartRequest {
  const { agent_id, session_type = 'voice', metadata } = parsed(StartSession, body) as StartSession;
  const sessionType = session_type === 'voice' ? 'agent_voice' : session_type;
  return {
    agent: { number: agent_id },
    channel: sessionType === 'agent_chat' ? 'chat' : 'voice',
    ...(metadata && { metadata: metadata as JsonObject }),
    extras: { sessionType },
    firstWords,
    remember: (view: View) => ({
      agent: { agent_id: view.agent.number, agent_name: view.agent.document.name },
      face: agentFace(view),
    }),
  };
}

export const parseEnd = (body: unknown): EndSession => parsed(EndSession, body) as EndSession;
export const parseContent = (body: unknown): string => (parsed(SayInput, body) as s.Static<typeof SayInput>).content;

function parsed(schema: s.Schema, body: unknown): unknown {
  const issues = issuesOf(schema, body);
  if (issues.length > 0) throw invalid(issues);
  return body;
}

export const keptAtEnd = (
  { metadata, extras }: Conversation,
  { duration, transcript, metadata: more }: EndSession,
): EndFields => ({
  ...(more && { metadata: { ...metadata, ...more } }),
  extras: {
    ...extras,
    ...(duration !== undefined && { durationSeconds: duration }),
    ...(transcript !== undefined && { transcript }),
  },
});

/** What an agent was used for. */
export const formatUsage = (tally: Tally | undefined): JsonObject => ({
  last_used_at: tally?.lastStartedAt ?? null,
  total_sessions: tally?.total ?? 0,
  avg_duration: Math.round((tally?.averageSeconds ?? 0) * 100) / 100,
});

const seconds = (session: ConversationFacts): number | null => {
  const { startedAt, endedAt } = session;
  if (endedAt === null) return null;
  return extrasOf(session).durationSeconds ?? Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
};
export const statusOf = ({ state }: ConversationFacts): (typeof STATUSES)[number] =>
  state.status === 'open' ? 'active' : 'completed';
const timesOf = (session: ConversationFacts) => ({
  status: statusOf(session),
  started_at: session.startedAt,
  ended_at: session.endedAt,
  duration: seconds(session),
});
const headOf = (session: ConversationFacts) => ({
  session_id: session.number,
  ...extrasOf(session).agent,
  session_type: extrasOf(session).sessionType,
});

export const formatStarted = (session: ConversationFacts): JsonObject => ({
  ...headOf(session),
  status: statusOf(session),
  started_at: session.startedAt,
  metadata: session.metadata,
  ...extrasOf(session).face,
});

export const formatListed = (session: ConversationFacts): JsonObject => ({
  ...headOf(session),
  ...timesOf(session),
  created_at: session.startedAt,
  ...extrasOf(session).face,
});

export const formatSession = (session: ConversationFacts, said: readonly PlacedMessage[]): JsonObject => ({
  ...formatListed(session),
  transcript: transcriptOf(session, said),
  metadata: session.metadata,
  language: session.locale,
});

export const formatEnded = (session: ConversationFacts, said: readonly PlacedMessage[]): JsonObject => ({
  ...headOf(session),
  ...timesOf(session),
  transcript: transcriptOf(session, said),
  metadata: session.metadata,
});

/** An agent's own list calls the type by another name and with other words. */
export const formatOfAgent = (session: ConversationFacts): JsonObject => ({
  id: session.number,
  session_id: session.number,
  agent_id: extrasOf(session).agent.agent_id,
  call_type: callType(extrasOf(session).sessionType, session.channel),
  ...timesOf(session),
  metadata: session.metadata,
  created_at: session.startedAt,
});
const callType = (type: SessionType, channel: Channel): string => {
  if (!isSpoken(channel)) return 'chat';
  return type === 'agent_voice' ? 'voice' : 'video';
};

/** What either side heard of the other: words of the house, such as an announcement, were the agent's to them. */
export const formatMessages = (said: readonly PlacedMessage[]) =>
  said
    .filter(({ role, text }) => role !== 'tool' && text !== '')
    .map(({ role, text, at }) => ({ role: role === 'user' ? 'user' : 'assistant', content: text, created_at: at }));

const transcriptOf = (session: ConversationFacts, said: readonly PlacedMessage[]): string =>
  extrasOf(session).transcript ??
  formatMessages(said)
    .map(({ role, content }) => `${role === 'user' ? 'User' : 'Assistant'}: ${content}`)
    .join('\n');
