/** The built-in tools: their names in every dialect, and how the model is told about them. Pure. */
import type { JsonObject } from '../lib/values.ts';

export interface BuiltinTool {
  name: string;
  /** Other names under which dialects configure it. */
  aliases: readonly string[];
  description: string;
  inputSchema: JsonObject;
  /** Offered only on spoken channels. */
  spoken: boolean;
}

const text = (description: string): JsonObject => ({ type: 'string', description });
const input = (properties: JsonObject = {}, required: readonly string[] = []): JsonObject => ({
  type: 'object',
  properties,
  ...(required.length > 0 && { required }),
});

/** The fields of a contact that `update_contact_info` may change, under the names of the native API. */
export const CONTACT_FIELDS = [
  'firstName',
  'lastName',
  'email',
  'phone',
  'whatsappNumber',
  'company',
  'jobTitle',
  'country',
  'timezone',
  'language',
] as const;

export const BUILTIN_TOOLS: readonly BuiltinTool[] = [
  {
    name: 'end_conversation',
    aliases: ['hang_up', 'hangUp', 'endPhoneCall', 'end_call', 'endCall'],
    description: 'Ends the conversation once it has come to its natural end. Say goodbye when it has been called.',
    inputSchema: input({ reason: text('Why the conversation is over.') }),
    spoken: false,
  },
  {
    name: 'get_contact_info',
    aliases: [],
    description: 'Reads what is known about the contact of this conversation.',
    inputSchema: input(),
    spoken: false,
  },
  {
    name: 'update_contact_info',
    aliases: [],
    description: 'Changes what is known about the contact of this conversation. Only the named fields change.',
    inputSchema: {
      ...input({
        ...Object.fromEntries(CONTACT_FIELDS.map((field) => [field, text('')])),
        metadata: { type: 'object', description: 'Anything else worth keeping, by name.' },
      }),
      minProperties: 1,
      additionalProperties: false,
    },
    spoken: false,
  },
  {
    name: 'add_contact_note',
    aliases: [],
    description: 'Writes a note about the contact of this conversation.',
    inputSchema: input({ note: text('The note.') }, ['note']),
    spoken: false,
  },
  {
    name: 'set_contact_status',
    aliases: [],
    description: 'Sets the stage that the contact of this conversation has reached.',
    inputSchema: input({ status: text('The stage.') }, ['status']),
    spoken: false,
  },
  {
    name: 'schedule_callback',
    aliases: [],
    description: 'Notes that the contact wants to be called back at a time.',
    inputSchema: input({ at: text('Date and time in ISO 8601, with the offset.'), reason: text('What about.') }, [
      'at',
    ]),
    spoken: false,
  },
  {
    name: 'create_call',
    aliases: [],
    description: 'Places a telephone call.',
    inputSchema: input({ phone: text('The number in E.164.'), context: text('What the call is about.') }),
    spoken: true,
  },
  {
    name: 'warm_transfer',
    aliases: [],
    description: 'Connects the caller to a person and introduces them first.',
    inputSchema: input({ target: text('Whom to connect to.'), context: text('What the person should know.') }),
    spoken: true,
  },
  {
    name: 'cold_transfer',
    aliases: ['transferCall', 'transferPhoneCall'],
    description: 'Connects the caller to a person and leaves the call.',
    inputSchema: input({ target: text('Whom to connect to.'), context: text('What the person should know.') }),
    spoken: true,
  },
  {
    name: 'leave_voicemail',
    aliases: ['leaveVoicemail'],
    description: 'Leaves a message on the answering machine.',
    inputSchema: input({ message: text('The message.') }),
    spoken: true,
  },
  {
    name: 'detect_voicemail',
    aliases: ['detectVoicemail'],
    description: 'Says that an answering machine has answered.',
    inputSchema: input(),
    spoken: true,
  },
  {
    name: 'play_dtmf',
    aliases: [],
    description: 'Sends tones, as if keys of a telephone were pressed.',
    inputSchema: input({ digits: { ...text('The keys.'), pattern: '^[0-9*#]+$' } }, ['digits']),
    spoken: true,
  },
];

export const builtinTool = (name: string): BuiltinTool | undefined =>
  BUILTIN_TOOLS.find((tool) => tool.name === name || tool.aliases.includes(name));
