/** The tools that need nobody outside: the end, and what is known about the contact. */

import { type Contact, ContactInput } from '../../contacts/contact.ts';
import { CONTACT_FIELDS } from '../../conversations/builtin-tools.ts';
import type { Conversation, OfferedTool, ToolCall } from '../../conversations/conversation.ts';
import type { CallActions, ToolOutcome } from '../../conversations/ports.ts';
import { Fault } from '../../faults.ts';
import { issuesOf } from '../../lib/check.ts';
import { isObject, type JsonObject, mergePatch } from '../../lib/values.ts';
import { runCallTool } from './call-tools.ts';

/** How a conversation reaches the contact it is with; a change is made to what stands at that moment. */
export interface ContactActions {
  get(workspaceId: string, id: string): Promise<Contact | undefined>;
  update(workspaceId: string, id: string, change: (fields: ContactInput) => ContactInput): Promise<Contact>;
}

export interface BuiltinParts {
  contacts: ContactActions;
  calls: CallActions;
  now: () => Date;
}

/** Lists in a contact's metadata that grow with every conversation keep their latest entries. */
const MAX_LIST_ITEMS = 200;

const done = (output: string): ToolOutcome => ({ output, failed: false });
const failed = (output: string): ToolOutcome => ({ output, failed: true });

export async function runBuiltin(
  tool: OfferedTool,
  call: ToolCall,
  conversation: Conversation,
  { contacts, calls, now }: BuiltinParts,
): Promise<ToolOutcome> {
  const { workspaceId, contactId, state } = conversation;
  const { input } = call;
  const name = tool.builtin ?? tool.name;
  if (name === 'end_conversation')
    return { output: 'The conversation ends after your next words. Say goodbye now.', failed: false, ends: true };
  const telephoned = await runCallTool(name, tool, call, conversation, calls);
  if (telephoned) return telephoned;
  const act = contactAction(name, input, now(), state.stack.at(-1) ?? conversation.agentId);
  if (!act) return failed(`${name} is not possible in this conversation.`);
  if (typeof act === 'string') return failed(act);
  const calledBack = act.callBack !== undefined && (await calls.callBack(conversation, act.callBack));
  if (contactId === null && calledBack) return done(act.done ?? '');
  if (contactId === null) return failed('This conversation is with nobody who is known.');
  try {
    if (act.change) await contacts.update(workspaceId, contactId, act.change);
    if (act.done !== undefined) return done(act.done);
    const contact = await contacts.get(workspaceId, contactId);
    return contact ? done(JSON.stringify(known(contact.fields))) : failed('The contact is not there any more.');
  } catch (error) {
    if (error instanceof Fault) return failed(error.message);
    throw error;
  }
}

/** As far as the hours of a contact are looked ahead; what a model puts off for longer it has got wrong. */
const FURTHEST_CALLBACK_MS = 400 * 86_400_000;

interface Action {
  /** When they want to be called. */
  callBack?: Date;
  change?: (fields: ContactInput) => ContactInput;
  /** What the model is told; absent: the contact as it is now. */
  done?: string;
}

/** A sentence where the arguments make no sense, nothing where there is no such tool. */
function contactAction(name: string, input: JsonObject, now: Date, by: string): Action | string | undefined {
  const at = now.toISOString();
  const text = (key: string): string => (typeof input[key] === 'string' ? input[key].trim() : '');
  switch (name) {
    case 'get_contact_info':
      return {};
    case 'update_contact_info':
      return updated(input);
    case 'add_contact_note': {
      const note = text('note') || text('content') || text('text');
      if (note === '') return 'A note must not be empty.';
      return { change: adding('notes', { text: note, at, by }), done: 'The note is kept.' };
    }
    case 'set_contact_status': {
      const status = text('status');
      if (status === '') return 'A status must not be empty.';
      return { change: inMetadata({ status, statusAt: at }), done: `The status is ${status} now.` };
    }
    case 'schedule_callback': {
      const wanted = momentOf(text('at'));
      if (!wanted) return 'The time must be in ISO 8601 with an offset, such as 2026-05-01T15:00:00+02:00.';
      if (wanted.getTime() <= now.getTime()) return `The time must be in the future; it is ${at} now.`;
      if (wanted.getTime() - now.getTime() > FURTHEST_CALLBACK_MS)
        return `The time must be within the next 400 days; it is ${at} now.`;
      const entry = { at: wanted.toISOString(), askedAt: at, by, ...(text('reason') && { reason: text('reason') }) };
      return {
        callBack: wanted,
        change: adding('callbacks', entry),
        done: `A callback is noted for ${wanted.toISOString()}.`,
      };
    }
    default:
      return undefined;
  }
}

function updated(input: JsonObject): Action | string {
  const fields = Object.fromEntries(
    CONTACT_FIELDS.filter((field) => input[field] !== undefined).map((field) => [field, input[field]]),
  );
  const { metadata } = input;
  const wrong = issuesOf(ContactInput, { ...fields, ...(metadata !== undefined && { metadata }) });
  if (wrong.length > 0) return wrong.map(({ path, message }) => `${path} ${message}`).join('; ');
  const named = [...Object.keys(fields), ...(isObject(metadata) ? Object.keys(metadata) : [])];
  if (named.length === 0) return 'There is nothing to change.';
  const change = (before: ContactInput): ContactInput => ({
    ...before,
    ...fields,
    ...(isObject(metadata) && { metadata: mergePatch(before.metadata, metadata) as JsonObject }),
  });
  return { change, done: `Changed: ${named.join(', ')}.` };
}

const inMetadata =
  (values: JsonObject) =>
  (fields: ContactInput): ContactInput => ({ ...fields, metadata: { ...fields.metadata, ...values } });

const adding =
  (key: string, entry: JsonObject) =>
  (fields: ContactInput): ContactInput => {
    const before = fields.metadata?.[key];
    const list = Array.isArray(before) ? before : before === undefined || before === null ? [] : [before];
    return inMetadata({ [key]: [...list, entry].slice(-MAX_LIST_ITEMS) })(fields);
  };

/** Without an offset nobody knows whose three o'clock it is. */
function momentOf(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i.test(text)) return undefined;
  const moment = new Date(text);
  return Number.isNaN(moment.getTime()) ? undefined : moment;
}

const known = (fields: ContactInput): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
