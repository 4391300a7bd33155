/** The built-in tools that end the conversation, and those that read or change its contact. */

import { type Contact, ContactInput } from '../../contacts/contact.ts';
import { CONTACT_FIELDS } from '../../conversations/builtin-tools.ts';
import type { Conversation, OfferedTool, ToolCall } from '../../conversations/conversation.ts';
import type { CallActions, ToolOutcome } from '../../conversations/ports.ts';
import { Fault } from '../../faults.ts';
import { issuesOf } from '../../lib/check.ts';
import { isObject, type JsonObject, mergePatch } from '../../lib/values.ts';
import { runCallTool } from './call-tools.ts';

/** Access to the contact of a conversation. `change` receives the fields as they are at the time of the write. */
export interface ContactActions {
  get(workspaceId: string, id: string): Promise<Contact | undefined>;
  update(workspaceId: string, id: string, change: (fields: ContactInput) => ContactInput): Promise<Contact>;
}

export interface BuiltinParts {
  contacts: ContactActions;
  calls: CallActions;
  now: () => Date;
}

/** Lists in a contact's metadata, such as notes, keep only their latest entries. */
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
  const callOutcome = await runCallTool(name, tool, call, conversation, calls);
  if (callOutcome) return callOutcome;
  const action = contactAction(name, input, now(), state.stack.at(-1) ?? conversation.agentId);
  if (!action) return failed(`${name} is not possible in this conversation.`);
  if (typeof action === 'string') return failed(action);
  const calledBack = action.callBack !== undefined && (await calls.callBack(conversation, action.callBack));
  if (contactId === null && calledBack) return done(action.done ?? '');
  if (contactId === null)
    return failed('The contact of this conversation is not stored, so it cannot be read or changed.');
  try {
    if (action.change) await contacts.update(workspaceId, contactId, action.change);
    if (action.done !== undefined) return done(action.done);
    const contact = await contacts.get(workspaceId, contactId);
    return contact ? done(JSON.stringify(withoutEmpty(contact.fields))) : failed('The contact has been deleted.');
  } catch (error) {
    if (error instanceof Fault) return failed(error.message);
    throw error;
  }
}

/** The latest time for a callback; calling hours are computed no further ahead. */
const MAX_CALLBACK_DELAY_MS = 400 * 86_400_000;

interface Action {
  /** When to call the contact back. */
  callBack?: Date;
  change?: (fields: ContactInput) => ContactInput;
  /** The sentence for the model. Without it the model receives the contact as it is. */
  done?: string;
}

/** A sentence for the model where the arguments are invalid; undefined where there is no such tool. */
function contactAction(name: string, input: JsonObject, now: Date, by: string): Action | string | undefined {
  const at = now.toISOString();
  const text = (key: string): string => (typeof input[key] === 'string' ? input[key].trim() : '');
  switch (name) {
    case 'get_contact_info':
      return {};
    case 'update_contact_info':
      return contactUpdate(input);
    case 'add_contact_note': {
      const note = text('note') || text('content') || text('text');
      if (note === '') return 'A note must not be empty.';
      return { change: appending('notes', { text: note, at, by }), done: 'The note is kept.' };
    }
    case 'set_contact_status': {
      const status = text('status');
      if (status === '') return 'A status must not be empty.';
      return { change: inMetadata({ status, statusAt: at }), done: `The status is ${status} now.` };
    }
    case 'schedule_callback': {
      const callBack = timeOf(text('at'));
      if (!callBack) return 'The time must be in ISO 8601 with an offset, such as 2026-05-01T15:00:00+02:00.';
      if (callBack.getTime() <= now.getTime()) return `The time must be in the future; it is ${at} now.`;
      if (callBack.getTime() - now.getTime() > MAX_CALLBACK_DELAY_MS)
        return `The time must be within the next 400 days; it is ${at} now.`;
      const entry = { at: callBack.toISOString(), askedAt: at, by, ...(text('reason') && { reason: text('reason') }) };
      return {
        callBack,
        change: appending('callbacks', entry),
        done: `A callback is noted for ${callBack.toISOString()}.`,
      };
    }
    default:
      return undefined;
  }
}

function contactUpdate(input: JsonObject): Action | string {
  const fields = Object.fromEntries(
    CONTACT_FIELDS.filter((field) => input[field] !== undefined).map((field) => [field, input[field]]),
  );
  const { metadata } = input;
  const issues = issuesOf(ContactInput, { ...fields, ...(metadata !== undefined && { metadata }) });
  if (issues.length > 0) return issues.map(({ path, message }) => `${path} ${message}`).join('; ');
  const changed = [...Object.keys(fields), ...(isObject(metadata) ? Object.keys(metadata) : [])];
  if (changed.length === 0) return 'There is nothing to change.';
  const change = (before: ContactInput): ContactInput => ({
    ...before,
    ...fields,
    ...(isObject(metadata) && { metadata: mergePatch(before.metadata, metadata) as JsonObject }),
  });
  return { change, done: `Changed: ${changed.join(', ')}.` };
}

const inMetadata =
  (values: JsonObject) =>
  (fields: ContactInput): ContactInput => ({ ...fields, metadata: { ...fields.metadata, ...values } });

const appending =
  (key: string, entry: JsonObject) =>
  (fields: ContactInput): ContactInput => {
    const before = fields.metadata?.[key];
    const list = Array.isArray(before) ? before : before === undefined || before === null ? [] : [before];
    return inMetadata({ [key]: [...list, entry].slice(-MAX_LIST_ITEMS) })(fields);
  };

/** The time; undefined without an offset, since the zone of the contact may differ from that of the server. */
function timeOf(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i.test(text)) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

const withoutEmpty = (fields: ContactInput): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
