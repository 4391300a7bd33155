/** The shapes of sessions and their messages. "Chat" and "Get session": docs.agntix.ai. */
import { CALL_STATUSES } from '../../../calling/call.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';

export const PLATFORMS = ['SDK', 'WEB', 'WHATSAPP', 'VOICE'] as const;
export type Platform = (typeof PLATFORMS)[number];
export const STATES = ['OPEN', 'CLOSED'] as const;
export const ROLES = ['USER', 'ASSISTANT', 'SYSTEM', 'TOOL'] as const;

export const METADATA_CHARACTERS = 4096;

export const CreateSession = s.object({
  agentId: text.uuid(),
  platform: s.optional(s.oneOf(PLATFORMS, { description: '`SDK` unless said.' })),
  metadata: s.optional(s.json({ description: `At most ${METADATA_CHARACTERS} characters of JSON.` })),
  contact: s.optional(
    s.object({
      externalId: s.optional(s.nullable(s.string({ maxLength: 255 }))),
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
  stream: s.optional(s.boolean({ description: 'True unless said.' })),
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

/** The view for after a call or a chat, whose platforms have other names. */
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
        reason: s.string({ description: 'Why it stands as it does: a sentence.' }),
        nextAttemptAt: s.nullable(text.dateTime()),
      },
      { description: 'Of calls: where one stands. What waits for the hours in which it may be made is open, too.' },
    ),
  ),
});

export const Message = s.object({
  id: text.uuid(),
  content: s.string(),
  role: s.oneOf(ROLES),
  createdAt: text.dateTime(),
  images: s.nullable(s.array(s.string())),
  metadata: s.nullable(s.json({ description: 'Calls of tools, their results, and the passages an answer rests on.' })),
});

const page = s.optional(s.unknown({ description: 'A whole number from 1; 1 if not given.' }));
export const SessionListQuery = s.object({
  page,
  limit: s.optional(s.unknown({ description: 'A whole number from 1 to 100; 20 if not given.' })),
  agentId: s.optional(text.uuid()),
  state: s.optional(s.oneOf(STATES)),
  platform: s.optional(s.oneOf(PLATFORMS)),
});
export type SessionListQuery = s.Static<typeof SessionListQuery>;

export const MessageListQuery = s.object({
  page,
  limit: s.optional(s.unknown({ description: 'A whole number from 1 to 100; 50 if not given.' })),
});
