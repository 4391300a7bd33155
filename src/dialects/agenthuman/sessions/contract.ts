/** AgentHuman's sessions. The documents name the path of messages; their shapes are Parlance's. */

import * as s from '../../../lib/schema.ts';
import { success } from '../shared.ts';

export const TYPES = ['agent_voice', 'agent_video', 'agent_chat', 'webrtc_video'] as const;
export type SessionType = (typeof TYPES)[number];
const integerOrNull = () => s.nullable(s.integer());
const textOrNull = () => s.nullable(s.string());

export const StartSession = s.object({
  agent_id: s.integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  session_type: s.optional(
    s.oneOf([...TYPES, 'voice'], { description: '`voice` is another name for `agent_voice`, the default.' }),
  ),
  metadata: s.optional(s.json()),
});
export type StartSession = s.Static<typeof StartSession>;

export const EndSession = s.object({
  duration: s.optional(
    s.integer({
      minimum: 0,
      maximum: 31_536_000,
      description: 'Seconds. Default: the time between start and end.',
    }),
  ),
  transcript: s.optional(
    s.string({ maxLength: 1_000_000, description: 'Replaces the transcript that Parlance stores.' }),
  ),
  metadata: s.optional(s.json({ description: 'Added to the metadata sent at the start.' })),
});
export type EndSession = s.Static<typeof EndSession>;

export const MessageInput = s.object({ content: s.string({ minLength: 1, maxLength: 32_000 }) });
export type MessageInput = s.Static<typeof MessageInput>;

const page = {
  limit: s.optional(s.integer({ minimum: 1, maximum: 1000, description: 'Default: all sessions.' })),
  offset: s.optional(s.integer({ minimum: 0, maximum: 1_000_000_000 })),
};
export const SessionQuery = s.object({
  agent_id: s.optional(s.integer({ minimum: 1 })),
  status: s.optional(s.oneOf(['all', 'active', 'completed'])),
  ...page,
});
export type SessionQuery = s.Static<typeof SessionQuery>;
export const AgentSessionQuery = s.object(page);

const STATUSES = ['active', 'completed'] as const;
export type Status = (typeof STATUSES)[number];
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
const ListedSession = s.object({ ...head, ...times, created_at: s.string(), ...face });
export const SessionStarted = s.object({
  success,
  session: s.object({ ...head, status: times.status, started_at: s.string(), metadata: s.json(), ...face }),
  message: s.string(),
});
export const SessionList = s.object({ success, sessions: s.array(ListedSession) });
export const AgentSessionList = s.object({
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
  session: s.object({ ...ListedSession.properties, transcript: s.string(), metadata: s.json(), language: s.string() }),
});
export const SessionEnded = s.object({
  success,
  session: s.object({ ...head, ...times, transcript: s.string(), metadata: s.json() }),
  message: s.string(),
});
const Message = s.object({ role: s.oneOf(['user', 'assistant']), content: s.string(), created_at: s.string() });
export type Message = s.Static<typeof Message>;
export const MessageList = s.object({ success, messages: s.array(Message) });
export const Reply = s.object({
  success,
  message: s.object({ role: s.oneOf(['assistant']), content: s.string() }),
  status: s.oneOf(STATUSES, { description: 'The status of the session. The agent may have ended it.' }),
});
