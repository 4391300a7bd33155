/** Agntix's sessions and their messages. "Chat" and "Get session": docs.agntix.ai. */

import { CALL_STATUSES } from '../../../calling/call.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { LongPageQuery, nullish, PageQuery } from '../shared.ts';

export const PLATFORMS = ['SDK', 'WEB', 'WHATSAPP', 'VOICE'] as const;
export type Platform = (typeof PLATFORMS)[number];
export const STATES = ['OPEN', 'CLOSED'] as const;
export const ROLES = ['USER', 'ASSISTANT', 'SYSTEM', 'TOOL'] as const;

export const MAX_METADATA_CHARACTERS = 4096;

export const CreateSession = s.object({
  agentId: text.uuid(),
  platform: s.optional(s.oneOf(PLATFORMS, { description: 'Default: `SDK`.' })),
  metadata: s.optional(s.json({ description: `At most ${MAX_METADATA_CHARACTERS} characters of JSON.` })),
  contact: s.optional(
    s.object({
      externalId: nullish(s.string({ maxLength: 255 })),
      metadata: s.optional(s.json()),
      tags: s.optional(s.array(s.string({ minLength: 1, maxLength: 100 }), { maxItems: 100 })),
    }),
  ),
  session_variables: s.optional(s.json({ description: 'Values for the {{placeholders}} in prompts and greetings.' })),
});
export type CreateSession = s.Static<typeof CreateSession>;

export const CloseSession = s.object({ reason: s.optional(s.string({ maxLength: 255, examples: ['RESOLVED'] })) });

export const SendMessage = s.object({
  content: s.string({ minLength: 1, maxLength: 32_000 }),
  stream: s.optional(s.boolean({ description: 'Default: true.' })),
});
export type SendMessage = s.Static<typeof SendMessage>;

export const Session = s.object({
  id: text.uuid(),
  agentId: text.uuid(),
  platform: s.oneOf(PLATFORMS),
  state: s.oneOf(STATES),
  metadata: s.json(),
  orgId: s.string(),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
});

/** A session as its page for calls and finished chats shows it. Platforms have other names there. */
export const SessionView = s.object({
  id: text.uuid(),
  type: s.oneOf(['VOICE', 'CHAT']),
  platform: s.oneOf(['PHONE', 'WEB', 'WHATSAPP']),
  direction: s.oneOf(['INBOUND', 'OUTBOUND']),
  state: s.oneOf(STATES),
  agentId: text.uuid(),
  createdAt: text.dateTime(),
  lastActivityAt: text.dateTime(),
  endedAt: s.nullable(text.dateTime()),
  updatedAt: text.dateTime(),
  metadata: s.object({
    customerPhoneNumber: s.nullable(s.string()),
    roomName: s.nullable(s.string()),
    sessionVariables: s.json(),
  }),
  analysis: s.nullable(s.json()),
  recordingUrl: s.nullable(s.string()),
  call: s.optional(
    s.object(
      {
        status: s.oneOf(CALL_STATUSES.map((status) => status.toUpperCase())),
        reason: s.string({ description: 'The reason for the status, in one sentence.' }),
        nextAttemptAt: s.nullable(text.dateTime()),
      },
      { description: 'The status of a phone call. A call that waits for its calling hours is open, too.' },
    ),
  ),
});

export const Message = s.object({
  id: text.uuid(),
  content: s.string(),
  role: s.oneOf(ROLES),
  createdAt: text.dateTime(),
  images: s.nullable(s.array(s.string())),
  metadata: s.nullable(
    s.json({ description: 'Tool calls, tool results, and the passages of knowledge behind an answer.' }),
  ),
});

export const SessionListQuery = s.object({
  ...PageQuery.properties,
  agentId: s.optional(text.uuid()),
  state: s.optional(s.oneOf(STATES)),
  platform: s.optional(s.oneOf(PLATFORMS)),
});
export type SessionListQuery = s.Static<typeof SessionListQuery>;

export const MessageListQuery = LongPageQuery;
