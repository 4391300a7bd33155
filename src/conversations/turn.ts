/**
 * The turn machine: what happens next in a conversation, given what has happened. Pure: events with their times go in,
 * effects come out, and carrying them out is somebody else's work. Voice will drive the same machine.
 */
import type { ConversationState, EndReason, Message, Persona, Snapshot, ToolCall, Usage } from './conversation.ts';

export type Event =
  | { type: 'begin'; at: string }
  | { type: 'user'; id: string; text: string; at: string }
  /** The model has answered; `text` may be what it said before it calls tools. */
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
  /** The model could not answer. `said` is what had already been heard of it. */
  | { type: 'failure'; id: string; said: string; reason: string; at: string }
  | { type: 'tool'; id: string; call: ToolCall; output: string; failed: boolean; at: string }
  /** `words`: what the other side is told about it, where that was configured; `noteId` is what that is kept under. */
  | { type: 'handoff'; id: string; call: ToolCall; to: string; at: string; words?: string; noteId?: string }
  /** What the agent is to know from now on; `speaks`: and to say something to at once. */
  | { type: 'inject'; id: string; text: string; speaks: boolean; at: string }
  | { type: 'idle'; at: string }
  | { type: 'end'; reason: EndReason; at: string };

export type Effect =
  | { type: 'keep'; message: Message }
  /** Ask the model of whoever is speaking. */
  | { type: 'think' }
  | { type: 'call'; call: ToolCall }
  /** The words of the house, where the model has none. */
  | { type: 'apologise'; reason: string }
  | { type: 'end'; reason: EndReason };

export interface Step {
  state: ConversationState;
  effects: Effect[];
}

/** Rounds of tools after which an answer without tools is asked for, so that nobody waits for ever. */
export const MAX_ROUNDS = 8;
const MAX_STACK = 8;

export const newState = (agentId: string): ConversationState => ({
  status: 'open',
  endReason: null,
  stack: [agentId],
  rounds: 0,
});

export const speakerOf = (state: ConversationState, snapshot: Snapshot): Persona =>
  snapshot.personas[state.stack.at(-1)!]!;

/** `waiting`: calls of the last answer that have not come back yet, this event's own not counted. */
export function next(state: ConversationState, event: Event, snapshot: Snapshot, waiting = 0): Step {
  const same = (...effects: Effect[]): Step => ({ state, effects });
  if (state.status === 'ended') return same();
  const speaker = speakerOf(state, snapshot);
  switch (event.type) {
    case 'begin':
      return same(...greeting(speaker, snapshot, event.at));
    case 'user': {
      const message: Message = { id: event.id, role: 'user', text: event.text, at: event.at };
      return { state: { ...state, rounds: 0 }, effects: [{ type: 'keep', message }, { type: 'think' }] };
    }
    case 'answer':
      return answered(state, event, speaker);
    case 'failure': {
      const message = said(event.id, event.said, speaker, event.at);
      const kept: Effect[] = event.said === '' ? [] : [{ type: 'keep', message: { ...message, failed: true } }];
      return { state: { ...state, rounds: 0 }, effects: [...kept, { type: 'apologise', reason: event.reason }] };
    }
    case 'tool': {
      const message: Message = {
        id: event.id,
        role: 'tool',
        text: event.output,
        at: event.at,
        toolCallId: event.call.id,
        toolName: event.call.name,
        ...(event.failed && { failed: true }),
      };
      const more: Effect[] = waiting === 0 ? [{ type: 'think' }] : [];
      return same({ type: 'keep', message }, ...more);
    }
    case 'handoff':
      return handedOver(state, event, snapshot, waiting);
    case 'inject': {
      const message: Message = { id: event.id, role: 'context', text: event.text, at: event.at };
      const more: Effect[] = event.speaks ? [{ type: 'think' }] : [];
      return same({ type: 'keep', message }, ...more);
    }
    case 'idle':
      return ended(state, 'idle');
    case 'end':
      return ended(state, event.reason);
  }
}

const said = (id: string, text: string, { agentId }: Persona, at: string): Message => ({
  id,
  role: 'assistant',
  text,
  at,
  agentId,
});

/** The first words are the agent's only where it is to speak first and has some. */
function greeting(speaker: Persona, snapshot: Snapshot, at: string): Effect[] {
  const profile = speaker.profile;
  const text = snapshot.overrides.greeting ?? profile?.greeting.text;
  if (!text || profile?.greeting.speaker === 'user') return [];
  return [{ type: 'keep', message: said('greeting', text, speaker, at) }];
}

type Answer = Extract<Event, { type: 'answer' }>;

function answered(state: ConversationState, event: Answer, speaker: Persona): Step {
  const calls = state.rounds >= MAX_ROUNDS ? [] : event.calls;
  const message: Message = {
    ...said(event.id, event.text, speaker, event.at),
    model: event.model,
    ...(event.usage && { usage: event.usage }),
    ...(event.sources?.length && { sources: event.sources }),
    ...(calls.length > 0 && { toolCalls: calls }),
  };
  const rounds = calls.length > 0 ? state.rounds + 1 : 0;
  return {
    state: { ...state, rounds },
    effects: [{ type: 'keep', message }, ...calls.map((call): Effect => ({ type: 'call', call }))],
  };
}

type HandOff = Extract<Event, { type: 'handoff' }>;

/** Over to a sub-agent, or back to whoever is below: the same call, told apart by where it leads. */
function handedOver(state: ConversationState, event: HandOff, snapshot: Snapshot, waiting: number): Step {
  const { to, call, at, words = '', noteId = `${event.id}-note` } = event;
  const below = state.stack.lastIndexOf(to);
  const known = snapshot.personas[to];
  const stack = below >= 0 ? state.stack.slice(0, below + 1) : [...state.stack, to];
  const possible = known !== undefined && stack.length <= MAX_STACK;
  const message: Message = {
    id: event.id,
    role: 'tool',
    text: possible ? handOverText(known.name, words) : 'The hand-over is not possible.',
    at,
    toolCallId: call.id,
    toolName: call.name,
    ...(!possible && { failed: true }),
  };
  const more: Effect[] = waiting === 0 ? [{ type: 'think' }] : [];
  const note: Message = { id: noteId, role: 'note', text: words, at };
  const told: Effect[] = possible && words !== '' ? [{ type: 'keep', message: note }] : [];
  return { state: possible ? { ...state, stack } : state, effects: [{ type: 'keep', message }, ...told, ...more] };
}

/** The model knows what was said in its place, and does not say it again. */
const handOverText = (name: string, words: string): string =>
  `Handed over to ${name}.${words === '' ? '' : ` The other side was told: ${words}`}`;

function ended(state: ConversationState, reason: EndReason): Step {
  return { state: { ...state, status: 'ended', endReason: reason }, effects: [{ type: 'end', reason }] };
}
