/** Maps conversations to AgentHuman's sessions. */

import type { View } from '../../../agents/view.ts';
import {
  type Channel,
  type Conversation,
  type ConversationFacts,
  isSpoken,
} from '../../../conversations/conversation.ts';
import type {
  ConversationFilter,
  EndFields,
  PlacedMessage,
  StartRequest,
  Tally,
  TurnResult,
} from '../../../conversations/service.ts';
import { Fault } from '../../../faults.ts';
import type { JsonObject } from '../../../lib/values.ts';
import { defaultGreeting } from '../agents/default-greeting.ts';
import { formatFace } from '../agents/mapping.ts';
import { checkShape } from '../shared.ts';
import * as contract from './contract.ts';

/** What a session stores beside the conversation. The agent's name and its face stay as they were at the start. */
interface Extras {
  sessionType: contract.SessionType;
  agent: { agent_id: number; agent_name: string };
  face: JsonObject;
  durationSeconds?: number;
  transcript?: string;
}
const extrasOf = ({ extras }: ConversationFacts): Extras => extras as unknown as Extras;

export function parseStart(body: unknown): StartRequest {
  checkShape(contract.StartSession, body);
  const { agent_id, session_type = 'voice', metadata } = body as contract.StartSession;
  const sessionType = session_type === 'voice' ? 'agent_voice' : session_type;
  return {
    agent: { number: agent_id },
    channel: sessionType === 'agent_chat' ? 'chat' : 'voice',
    ...(metadata && { metadata: metadata as JsonObject }),
    extras: { sessionType },
    defaultGreeting: defaultGreeting,
    extrasFrom: (view: View) => ({
      agent: { agent_id: view.agent.number, agent_name: view.agent.document.name },
      face: formatFace(view),
    }),
  };
}

export function parseEnd(body: unknown): contract.EndSession {
  checkShape(contract.EndSession, body);
  return body as contract.EndSession;
}

export function parseMessage(body: unknown): string {
  checkShape(contract.MessageInput, body);
  return (body as contract.MessageInput).content;
}

export const statusFilter = ({ status = 'all' }: contract.SessionQuery): ConversationFilter => {
  if (status === 'all') return {};
  return { status: status === 'active' ? 'open' : 'ended' };
};

/** The fields that the request to end a session changes. */
export const endFields = (
  { metadata, extras }: Conversation,
  { duration, transcript, metadata: added }: contract.EndSession,
): EndFields => ({
  ...(added && { metadata: { ...metadata, ...added } }),
  extras: {
    ...extras,
    ...(duration !== undefined && { durationSeconds: duration }),
    ...(transcript !== undefined && { transcript }),
  },
});

/** The fields of an agent that count its sessions. */
export const formatUsage = (tally: Tally | undefined): JsonObject => ({
  last_used_at: tally?.lastStartedAt ?? null,
  total_sessions: tally?.total ?? 0,
  avg_duration: Math.round((tally?.averageSeconds ?? 0) * 100) / 100,
});

const secondsOf = (session: ConversationFacts): number | null => {
  const { startedAt, endedAt } = session;
  if (endedAt === null) return null;
  return extrasOf(session).durationSeconds ?? Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
};
const statusOf = ({ state }: ConversationFacts): contract.Status => (state.status === 'open' ? 'active' : 'completed');
const timesOf = (session: ConversationFacts) => ({
  status: statusOf(session),
  started_at: session.startedAt,
  ended_at: session.endedAt,
  duration: secondsOf(session),
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

export const formatSession = (session: ConversationFacts, messages: readonly PlacedMessage[]): JsonObject => ({
  ...formatListed(session),
  transcript: transcriptOf(session, messages),
  metadata: session.metadata,
  language: session.locale,
});

export const formatEnded = (session: ConversationFacts, messages: readonly PlacedMessage[]): JsonObject => ({
  ...headOf(session),
  ...timesOf(session),
  transcript: transcriptOf(session, messages),
  metadata: session.metadata,
});

/** An item of the list of one agent, where the session type has another name and other values. */
export const formatOfAgent = (session: ConversationFacts): JsonObject => ({
  id: session.number,
  session_id: session.number,
  agent_id: extrasOf(session).agent.agent_id,
  call_type: callType(extrasOf(session).sessionType, session.channel),
  ...timesOf(session),
  metadata: session.metadata,
  created_at: session.startedAt,
});
const callType = (type: contract.SessionType, channel: Channel): string => {
  if (!isSpoken(channel)) return 'chat';
  return type === 'agent_voice' ? 'voice' : 'video';
};

/** The messages of both sides. An announcement by Parlance counts as the agent's message; tool results are left out. */
export const formatMessages = (messages: readonly Pick<PlacedMessage, 'role' | 'text' | 'at'>[]): contract.Message[] =>
  messages
    .filter(({ role, text }) => role !== 'tool' && text !== '')
    .map(({ role, text, at }) => ({ role: role === 'user' ? 'user' : 'assistant', content: text, created_at: at }));

/** The agent's messages of one turn as one reply, with the status of the session after the turn. */
export function formatReply({ failure, messages, conversation }: TurnResult) {
  if (failure !== undefined) throw new Fault('model_failed', {}, failure);
  const replies = formatMessages(messages).filter(({ role }) => role === 'assistant');
  const content = replies.map((reply) => reply.content).join('\n\n');
  return { message: { role: 'assistant', content }, status: statusOf(conversation) };
}

const transcriptOf = (session: ConversationFacts, messages: readonly PlacedMessage[]): string =>
  extrasOf(session).transcript ??
  formatMessages(messages)
    .map(({ role, content }) => `${role === 'user' ? 'User' : 'Assistant'}: ${content}`)
    .join('\n');
