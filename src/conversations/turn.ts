/**
 * The turn machine: a pure reducer that owns every transition of a conversation. Events with their times go in, effects
 * come out; the session carries the effects out. Text and voice use the same machine.
 */
import type { ConversationState, EndReason, Message, Persona, Snapshot, ToolCall, Usage } from './conversation.ts';

export type TurnEvent =
  | { type: 'start'; at: string }
  | { type: 'user'; id: string; text: string; at: string }
  /** The model answered. `text` may be empty, or precede the tool calls. */
  | {
      type: 'answer';
      id: string;
      text: string;
      calls: ToolCall[];
      usage?: Usage;
      model: string;
      at: string;
      sources?: Message['sources'];
    }
  /** The model failed. `partialText` is what it had sent before, and the client has received it. */
  | { type: 'failure'; id: string; partialText: string; reason: string; at: string }
  | { type: 'tool'; id: string; call: ToolCall; output: string; failed: boolean; at: string }
  /** The agent `to` takes over. `announcement` is for the contact and becomes a note with the id `noteId`. */
  | { type: 'handoff'; id: string; call: ToolCall; to: string; at: string; announcement?: string; noteId?: string }
  /** The operator adds context. With `answerNow` the agent responds at once. */
  | { type: 'inject'; id: string; text: string; answerNow: boolean; at: string }
  | { type: 'idle'; at: string }
  | { type: 'end'; reason: EndReason; at: string };

export type Effect =
  | { type: 'store'; message: Message }
  /** Ask the model of the agent on top of the stack. */
  | { type: 'ask-model' }
  | { type: 'call-tool'; call: ToolCall }
  /** Tell the client that the model failed. */
  | { type: 'apologise'; reason: string }
  | { type: 'end'; reason: EndReason };

export interface Step {
  state: ConversationState;
  effects: Effect[];
}

/** Answers in a row whose tool calls are carried out; the calls of the next one are ignored, so that every turn ends. */
export const MAX_ROUNDS = 8;
const MAX_STACK = 8;

/** The id of the greeting until the session gives it a real one: the reducer draws no ids. */
export const GREETING_ID = 'greeting';

export const newState = (agentId: string): ConversationState => ({
  status: 'open',
  endReason: null,
  stack: [agentId],
  rounds: 0,
});

/** The agent that speaks now. */
export const speakerOf = (state: ConversationState, snapshot: Snapshot): Persona =>
  snapshot.personas[state.stack.at(-1)!]!;

/** `pendingCalls`: tool calls of the last answer that have no result yet, the one of this event not counted. */
export function next(state: ConversationState, event: TurnEvent, snapshot: Snapshot, pendingCalls = 0): Step {
  if (state.status === 'ended') return { state, effects: [] };
  const speaker = speakerOf(state, snapshot);
  switch (event.type) {
    case 'start':
      return { state, effects: greeting(speaker, snapshot, event.at) };
    case 'user': {
      const message: Message = { id: event.id, role: 'user', text: event.text, at: event.at };
      return { state: { ...state, rounds: 0 }, effects: [{ type: 'store', message }, { type: 'ask-model' }] };
    }
    case 'answer':
      return answered(state, event, speaker);
    case 'failure':
      return failed(state, event, speaker);
    case 'tool':
      return toolReturned(state, event, pendingCalls);
    case 'handoff':
      return handedOff(state, event, snapshot, pendingCalls);
    case 'inject': {
      const message: Message = { id: event.id, role: 'context', text: event.text, at: event.at };
      return { state, effects: [{ type: 'store', message }, ...askModelIf(event.answerNow)] };
    }
    case 'idle':
      return ended(state, 'idle');
    case 'end':
      return ended(state, event.reason);
  }
}

type EventOf<T extends TurnEvent['type']> = Extract<TurnEvent, { type: T }>;

const askModelIf = (condition: boolean): Effect[] => (condition ? [{ type: 'ask-model' }] : []);

const agentMessage = (id: string, text: string, { agentId }: Persona, at: string): Message => ({
  id,
  role: 'assistant',
  text,
  at,
  agentId,
});

/** The agent opens the conversation only where it speaks first and has a greeting. */
function greeting(speaker: Persona, snapshot: Snapshot, at: string): Effect[] {
  const configured = speaker.profile?.greeting;
  const text = snapshot.overrides.greeting ?? configured?.text;
  if (!text || configured?.speaker === 'user') return [];
  return [{ type: 'store', message: agentMessage(GREETING_ID, text, speaker, at) }];
}

function answered(state: ConversationState, event: EventOf<'answer'>, speaker: Persona): Step {
  const calls = state.rounds >= MAX_ROUNDS ? [] : event.calls;
  const message: Message = {
    ...agentMessage(event.id, event.text, speaker, event.at),
    model: event.model,
    ...(event.usage && { usage: event.usage }),
    ...(event.sources?.length && { sources: event.sources }),
    ...(calls.length > 0 && { toolCalls: calls }),
  };
  const rounds = calls.length > 0 ? state.rounds + 1 : 0;
  return {
    state: { ...state, rounds },
    effects: [{ type: 'store', message }, ...calls.map((call): Effect => ({ type: 'call-tool', call }))],
  };
}

/** The conversation stays open; what the client has received of the answer is stored as failed. */
function failed(state: ConversationState, event: EventOf<'failure'>, speaker: Persona): Step {
  const message = { ...agentMessage(event.id, event.partialText, speaker, event.at), failed: true };
  const stored: Effect[] = event.partialText === '' ? [] : [{ type: 'store', message }];
  return { state: { ...state, rounds: 0 }, effects: [...stored, { type: 'apologise', reason: event.reason }] };
}

/** The model is asked again once every tool of its answer has returned. */
function toolReturned(state: ConversationState, event: EventOf<'tool'>, pendingCalls: number): Step {
  const message: Message = {
    id: event.id,
    role: 'tool',
    text: event.output,
    at: event.at,
    toolCallId: event.call.id,
    toolName: event.call.name,
    ...(event.failed && { failed: true }),
  };
  return { state, effects: [{ type: 'store', message }, ...askModelIf(pendingCalls === 0)] };
}

/** Hands off to a new agent, or back to one that is on the stack already. */
function handedOff(
  state: ConversationState,
  event: EventOf<'handoff'>,
  snapshot: Snapshot,
  pendingCalls: number,
): Step {
  const { to, call, at, announcement = '', noteId = `${event.id}-note` } = event;
  const position = state.stack.lastIndexOf(to);
  const target = snapshot.personas[to];
  const stack = position >= 0 ? state.stack.slice(0, position + 1) : [...state.stack, to];
  const possible = target !== undefined && stack.length <= MAX_STACK;
  const result: Message = {
    id: event.id,
    role: 'tool',
    text: possible ? handoffResult(target.name, announcement) : 'The hand-over is not possible.',
    at,
    toolCallId: call.id,
    toolName: call.name,
    ...(!possible && { failed: true }),
  };
  const note: Message = { id: noteId, role: 'note', text: announcement, at };
  return {
    state: possible ? { ...state, stack } : state,
    effects: [
      { type: 'store', message: result },
      ...(possible && announcement !== '' ? [{ type: 'store', message: note } as const] : []),
      ...askModelIf(pendingCalls === 0),
    ],
  };
}

/** The announcement is in the tool result so that the model does not repeat it. */
const handoffResult = (name: string, announcement: string): string =>
  `Handed over to ${name}.${announcement === '' ? '' : ` The other side was told: ${announcement}`}`;

function ended(state: ConversationState, reason: EndReason): Step {
  return { state: { ...state, status: 'ended', endReason: reason }, effects: [{ type: 'end', reason }] };
}
