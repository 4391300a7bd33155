/** Carries out what the turn machine decides, from one event until nothing is left to do. It has no opinions. */
import { argumentIssues } from '../lib/check.ts';
import type { Schema } from '../lib/schema.ts';
import type {
  Conversation,
  ConversationState,
  EndReason,
  Message,
  OfferedTool,
  ToolCall,
  Usage,
} from './conversation.ts';
import { handoffWords, toolsNow } from './offer.ts';
import { ModelFailure, type ModelPart, type Providers } from './ports.ts';
import { history, type Passage, systemMessage } from './prompt.ts';
import { type Effect, type Event, next, speakerOf } from './turn.ts';

export interface Ports extends Providers {
  now: () => Date;
  newId: () => string;
}

/** Told of everything as it happens: what a client sees when it listens to a stream. */
export interface Listener {
  message?(message: Message): void;
  /** A piece of an answer that is being given, under the id that the whole will have. Waits where the client is slow. */
  delta?(id: string, text: string): void | Promise<void>;
  call?(call: ToolCall): void;
  handoff?(to: string): void;
  failed?(reason: string): void;
  ended?(reason: EndReason): void;
}

export interface Outcome {
  state: ConversationState;
  /** What was said and done, in order, to be kept. */
  kept: Message[];
  usage: Usage;
  /** The last answer ended where no more might be said. */
  limited: boolean;
}

const PASSAGES = 4;
/** In characters. Nobody reads or hears more at once, and what is said is held until it is kept. */
export const MAX_ANSWER_CHARACTERS = 262_144;

/** `before`: everything that was said so far. */
export async function converse(
  conversation: Conversation,
  before: readonly Message[],
  first: Event,
  ports: Ports,
  listener: Listener,
  signal: AbortSignal,
): Promise<Outcome> {
  const { snapshot } = conversation;
  const at = () => ports.now().toISOString();
  const kept: Message[] = [];
  const usage: Usage = { input: 0, output: 0 };
  let state = conversation.state;
  let endsAfterAnswer = false;
  let limited = false;
  /** Of several that one answer asks for, the first is carried out: nobody can be spoken to by two. */
  let handingOver = false;

  const think = async (): Promise<Event> => {
    const id = ports.newId();
    const persona = speakerOf(state, snapshot);
    const said = [...before, ...kept];
    const question = said.findLast(({ role }) => role === 'user')?.text ?? '';
    const { model: named, instructions: _, greeting: _greeting, context: _context, ...sampling } = snapshot.overrides;
    const model = named ?? persona.profile?.model.id ?? ports.defaultModel;
    const temperature = sampling.temperature ?? persona.profile?.model.temperature;
    let text = '';
    const calls: ToolCall[] = [];
    try {
      const passages = await ports.knowledge.search(conversation, persona.agentId, question, PASSAGES);
      let done: Omit<Extract<ModelPart, { type: 'done' }>, 'type'> = { model };
      const parts = ports.model.answer({
        model,
        system: systemMessage(persona, snapshot, passages),
        messages: history(said),
        tools: toolsNow(state, snapshot, persona),
        ...sampling,
        ...(temperature !== undefined && { temperature }),
        signal,
      });
      for await (const part of parts) {
        if (part.type === 'delta') {
          const piece = part.text.slice(0, MAX_ANSWER_CHARACTERS - text.length);
          text += piece;
          await listener.delta?.(id, piece);
          if (piece.length < part.text.length) throw new ModelFailure('endless', `${model} does not come to an end.`);
        }
        if (part.type === 'call') calls.push(part.call);
        if (part.type === 'done') done = part;
        // A model that does not notice is not listened to any longer.
        signal.throwIfAborted();
      }
      usage.input += done.usage?.input ?? 0;
      usage.output += done.usage?.output ?? 0;
      limited = done.limited ?? false;
      return {
        type: 'answer',
        id,
        text,
        calls,
        model: done.model,
        at: at(),
        ...(done.usage && { usage: done.usage }),
        sources: passages.map(sourceOf),
      };
    } catch (error) {
      // Whoever called it off knows why; what the model makes of that is nobody's trouble.
      if (!signal.aborted && !(error instanceof ModelFailure)) throw error;
      const reason = error instanceof ModelFailure && !signal.aborted ? error.kind : 'aborted';
      return { type: 'failure', id, said: text, reason, at: at() };
    }
  };

  const perform = async (call: ToolCall): Promise<Event> => {
    listener.call?.(call);
    const id = ports.newId();
    const tool = toolsNow(state, snapshot, speakerOf(state, snapshot)).find(({ name }) => name === call.name);
    const refusal = doNotCallEntryOf(tool, call);
    if (!tool || refusal !== undefined)
      return { type: 'tool', id, call, output: refusal ?? '', failed: true, at: at() };
    if (tool.source === 'handoff') return handOver(id, tool, call);
    announce(tool);
    const { output, failed, ends } = await ports.tools.run(tool, call, conversation, signal);
    endsAfterAnswer ||= ends ?? false;
    return { type: 'tool', id, call, output, failed, at: at() };
  };

  const handOver = (id: string, tool: OfferedTool, call: ToolCall): Event => {
    const output = 'The conversation is being handed over already.';
    if (handingOver) return { type: 'tool', id, call, output, failed: true, at: at() };
    handingOver = true;
    const words = handoffWords(tool);
    const note = words !== undefined && { words, noteId: ports.newId() };
    return { type: 'handoff', id, call, to: tool.agentId ?? '', at: at(), ...note };
  };

  /** What the other side is told while a tool is at work. */
  const announce = ({ spec }: OfferedTool): void => {
    if (!spec?.announcement?.trim()) return;
    const message: Message = { id: ports.newId(), role: 'note', text: spec.announcement, at: at() };
    kept.push(message);
    listener.message?.(message);
  };

  const carryOut = async (effects: readonly Effect[]): Promise<Event[]> => {
    const events: Event[] = [];
    const calls = effects.flatMap((effect) => (effect.type === 'call' ? [effect.call] : []));
    for (const effect of effects) {
      if (effect.type === 'keep') {
        const message = effect.message.id === 'greeting' ? { ...effect.message, id: ports.newId() } : effect.message;
        kept.push(message);
        listener.message?.(message);
      }
      if (effect.type === 'think') events.push(await think());
      if (effect.type === 'apologise') listener.failed?.(effect.reason);
      if (effect.type === 'end') listener.ended?.(effect.reason);
    }
    handingOver = false;
    // Tools of one answer do not wait for each other; their answers are told in the order of the calls.
    if (calls.length > 0) events.push(...(await Promise.all(calls.map(perform))));
    return events;
  };

  let waiting: Event[] = [first];
  while (waiting.length > 0) {
    const [event, ...rest] = waiting;
    const calls = rest.filter(({ type }) => type === 'tool' || type === 'handoff').length;
    const step = next(state, event!, snapshot, calls);
    if (event!.type === 'handoff' && step.state !== state) listener.handoff?.(event!.to);
    state = step.state;
    const fresh = await carryOut(step.effects);
    waiting = [...rest, ...fresh];
    const silent = event!.type === 'answer' && fresh.length === 0 && rest.length === 0;
    if (silent && endsAfterAnswer) waiting = [{ type: 'end', reason: 'agent', at: at() }];
  }
  return { state, kept, usage, limited };
}

/** What a model makes up is looked at before anything is done with it. */
function doNotCallEntryOf(tool: OfferedTool | undefined, call: ToolCall): string | undefined {
  if (!tool) return `There is no tool ${call.name}.`;
  const wrong = argumentIssues(tool.inputSchema as Schema, call.input);
  if (wrong.length === 0) return undefined;
  return `The arguments are not acceptable: ${wrong.map(({ path, message }) => `${path} ${message}`.trim()).join('; ')}`;
}

const sourceOf = ({ document, title, chunk }: Passage) => ({ document, title, chunk });
