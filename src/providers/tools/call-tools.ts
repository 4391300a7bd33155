/** The built-in tools that act on the call of a conversation, or place another call. */

import type { Conversation, OfferedTool, ToolCall } from '../../conversations/conversation.ts';
import type { CallActions, ToolOutcome } from '../../conversations/ports.ts';
import { Fault } from '../../faults.ts';
import { isObject, type JsonObject } from '../../lib/values.ts';

const PHONE = /^\+[1-9]\d{1,14}$/;
const NO_CALL = 'This conversation has no telephone call.';

const done = (output: string, ends = false): ToolOutcome => ({ output, failed: false, ...(ends && { ends }) });
const failed = (output: string): ToolOutcome => ({ output, failed: true });
const textIn = (source: JsonObject, ...keys: string[]): string | undefined => {
  for (const key of keys) {
    const value = source[key];
    if (typeof value === 'string' && value.trim() !== '') return value.trim();
  }
  return undefined;
};

/** Undefined where the tool is not one of these. */
export async function runCallTool(
  name: string,
  { config }: OfferedTool,
  { input }: ToolCall,
  conversation: Conversation,
  calls: CallActions,
): Promise<ToolOutcome | undefined> {
  switch (name) {
    case 'warm_transfer':
    case 'cold_transfer': {
      const to = transferTarget(config, input, conversation);
      if (to === undefined) return failed('There is no number to transfer the call to.');
      const transferred = await calls.transfer(conversation, to);
      return transferred ? done(`The call has been transferred to ${to}.`, true) : failed(`${to} did not answer.`);
    }
    case 'play_dtmf': {
      const digits = textIn(input, 'digits') ?? '';
      return calls.sendDtmf(conversation, digits) ? done(`The keys ${digits} were pressed.`) : failed(NO_CALL);
    }
    case 'leave_voicemail': {
      const message = textIn(config, 'message') ?? textIn(input, 'message');
      if (!calls.markAsVoicemail(conversation)) return failed(NO_CALL);
      return done(`Say this and nothing else; the call ends then: ${message ?? ''}`, true);
    }
    case 'detect_voicemail':
      return calls.markAsVoicemail(conversation) ? done('The call ends after your next words.', true) : failed(NO_CALL);
    case 'create_call':
      return placeCall(config, input, conversation, calls);
    default:
      return undefined;
  }
}

/**
 * The number to transfer to. Where the operator configured numbers, the model can only choose among them. Else it is
 * the agent's transfer number, or a number that the model names.
 */
function transferTarget(config: JsonObject, input: JsonObject, { snapshot, state }: Conversation): string | undefined {
  const requested = textIn(input, 'target', 'destination', 'phone', 'phone_number');
  const targets = Array.isArray(config['targets']) ? config['targets'].filter(isObject) : [];
  if (targets.length > 0) {
    const named = targets.find((one) => [one['key'], one['name'], numberIn(one)].includes(requested));
    return numberIn(named ?? targets[0]!);
  }
  const fixed = numberIn(config);
  if (fixed !== undefined) return fixed;
  const speaker = snapshot.personas[state.stack.at(-1) ?? snapshot.firstAgentId];
  const own = speaker?.document.telephony.transferNumber;
  if (own !== undefined) return own;
  return requested !== undefined && PHONE.test(requested) ? requested : undefined;
}

const numberIn = (source: JsonObject): string | undefined => {
  const number = textIn(source, 'phone_number', 'phoneNumber', 'number', 'phone', 'target');
  return number !== undefined && PHONE.test(number) ? number : undefined;
};

/** Calls the number that the model names, else the contact's. */
async function placeCall(
  config: JsonObject,
  input: JsonObject,
  conversation: Conversation,
  calls: CallActions,
): Promise<ToolOutcome> {
  const phone = textIn(input, 'phone') ?? textIn((conversation.snapshot.contact ?? {}) as JsonObject, 'phone');
  if (phone === undefined || !PHONE.test(phone)) return failed('The number must be in E.164 form, like +15551234567.');
  const override = config['allow_persona_override'] === true ? textIn(input, 'persona_id', 'agent_id') : undefined;
  const agentId = override ?? textIn(config, 'default_persona_id') ?? conversation.agentId;
  const defaults = isObject(config['default_context']) ? config['default_context'] : {};
  const context = isObject(input['context']) ? input['context'] : { call_context: textIn(input, 'context') ?? '' };
  try {
    return done(await calls.place(conversation, { phone, agentId, variables: { ...defaults, ...context } }));
  } catch (error) {
    if (error instanceof Fault) return failed(error.message);
    throw error;
  }
}
