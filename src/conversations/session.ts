/**
 * Runs one turn: carries out the effects of the turn machine until none is left. It decides nothing itself.
 * Everything is collected in the outcome; the caller stores it.
 */
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
import { availableTools, handoffAnnouncement } from './offer.ts';
import { ModelFailure, type ModelPart, type ModelRequest, type Providers } from './ports.ts';
import { history, type Passage, systemMessage } from './prompt.ts';
import { type Effect, GREETING_ID, next, speakerOf, type TurnEvent } from './turn.ts';

export interface Ports extends Providers {
  now: () => Date;
  newId: () => string;
}

/** Receives what happens while the turn runs, for clients that stream it. */
export interface Listener {
  message?(message: Message): void;
  /** A piece of an answer, under the id that the whole message will have. The turn waits while the client is slow. */
  delta?(id: string, text: string): void | Promise<void>;
  call?(call: ToolCall): void;
  /** The id of the agent that has taken over. */
  handoff?(to: string): void;
  /** The kind of the model's failure, or `aborted`. */
  failed?(reason: string): void;
  ended?(reason: EndReason): void;
}

export interface TurnOutcome {
  state: ConversationState;
  /** The new messages, in order, to be stored. */
  messages: Message[];
  /** The tokens of this turn. */
  usage: Usage;
  /** The model stopped the last answer at its token limit. */
  limited: boolean;
}

/** One turn to run. */
export interface TurnInput {
  conversation: Conversation;
  /** The messages before this turn, oldest first. */
  messages: readonly Message[];
  event: TurnEvent;
}

const PASSAGES_PER_ANSWER = 4;
/** An answer is held in memory until it is stored, so its length has a limit. */
export const MAX_ANSWER_CHARACTERS = 262_144;

/** Runs a turn to its end. When `signal` aborts, the outcome holds what was sent until then. */
export function runTurn(input: TurnInput, ports: Ports, listener: Listener, signal: AbortSignal): Promise<TurnOutcome> {
  return new Turn(input, ports, listener, signal).run();
}

class Turn {
  readonly #conversation: Conversation;
  readonly #earlier: readonly Message[];
  readonly #ports: Ports;
  readonly #listener: Listener;
  readonly #signal: AbortSignal;
  /** Events that the turn machine has not seen yet, in order. */
  #queue: TurnEvent[];
  #state: ConversationState;
  readonly #messages: Message[] = [];
  readonly #usage: Usage = { input: 0, output: 0 };
  #limited = false;
  #endsAfterAnswer = false;
  /** One answer may name several hand-offs; only the first is carried out. */
  #handoffTaken = false;

  constructor({ conversation, messages, event }: TurnInput, ports: Ports, listener: Listener, signal: AbortSignal) {
    this.#conversation = conversation;
    this.#earlier = messages;
    this.#ports = ports;
    this.#listener = listener;
    this.#signal = signal;
    this.#queue = [event];
    this.#state = conversation.state;
  }

  async run(): Promise<TurnOutcome> {
    for (let event = this.#queue.shift(); event; event = this.#queue.shift()) {
      const pendingCalls = this.#queue.filter(({ type }) => type === 'tool' || type === 'handoff').length;
      const step = next(this.#state, event, this.#conversation.snapshot, pendingCalls);
      if (event.type === 'handoff' && step.state !== this.#state) this.#listener.handoff?.(event.to);
      this.#state = step.state;
      this.#queue.push(...(await this.#carryOut(step.effects)));
      if (event.type === 'answer' && this.#queue.length === 0 && this.#endsAfterAnswer)
        this.#queue = [{ type: 'end', reason: 'agent', at: this.#now() }];
    }
    return { state: this.#state, messages: this.#messages, usage: this.#usage, limited: this.#limited };
  }

  async #carryOut(effects: readonly Effect[]): Promise<TurnEvent[]> {
    const events: TurnEvent[] = [];
    const calls: ToolCall[] = [];
    for (const effect of effects) {
      if (effect.type === 'store') this.#add(effect.message);
      if (effect.type === 'ask-model') events.push(await this.#askModel());
      if (effect.type === 'call-tool') calls.push(effect.call);
      if (effect.type === 'apologise') this.#listener.failed?.(effect.reason);
      if (effect.type === 'end') this.#listener.ended?.(effect.reason);
    }
    this.#handoffTaken = false;
    // The tools of one answer run at the same time; their results keep the order of the calls.
    if (calls.length > 0) events.push(...(await Promise.all(calls.map((call) => this.#callTool(call)))));
    return events;
  }

  async #askModel(): Promise<TurnEvent> {
    const { knowledge, newId } = this.#ports;
    const id = newId();
    const { agentId } = this.#speaker();
    const question = this.#transcript().findLast(({ role }) => role === 'user')?.text ?? '';
    const answer = { text: '', calls: [] as ToolCall[] };
    try {
      const passages = await knowledge.search(this.#conversation, agentId, question, PASSAGES_PER_ANSWER);
      const done = await this.#readAnswer(id, this.#requestWith(passages), answer);
      this.#usage.input += done.usage?.input ?? 0;
      this.#usage.output += done.usage?.output ?? 0;
      this.#limited = done.limited ?? false;
      return {
        type: 'answer',
        id,
        ...answer,
        model: done.model,
        at: this.#now(),
        ...(done.usage && { usage: done.usage }),
        sources: passages.map(sourceOf),
      };
    } catch (error) {
      // After an abort any error may come from the model's client; it is not a fault of the server.
      const aborted = this.#signal.aborted;
      if (!aborted && !(error instanceof ModelFailure)) throw error;
      const reason = error instanceof ModelFailure && !aborted ? error.kind : 'aborted';
      return { type: 'failure', id, partialText: answer.text, reason, at: this.#now() };
    }
  }

  #requestWith(passages: readonly Passage[]): ModelRequest {
    const { snapshot } = this.#conversation;
    const speaker = this.#speaker();
    const { model, instructions: _, greeting: _greeting, context: _context, ...sampling } = snapshot.overrides;
    const temperature = sampling.temperature ?? speaker.profile?.model.temperature;
    return {
      model: model ?? speaker.profile?.model.id ?? this.#ports.defaultModel,
      system: systemMessage(speaker, snapshot, passages),
      messages: history(this.#transcript()),
      tools: availableTools(this.#state, snapshot, speaker),
      ...sampling,
      ...(temperature !== undefined && { temperature }),
      signal: this.#signal,
    };
  }

  /** Fills `answer` as the parts arrive, so that a failure leaves in it what the client has received. */
  async #readAnswer(
    id: string,
    request: ModelRequest,
    answer: { text: string; calls: ToolCall[] },
  ): Promise<Omit<Extract<ModelPart, { type: 'done' }>, 'type'>> {
    const { model } = request;
    let done: Omit<Extract<ModelPart, { type: 'done' }>, 'type'> = { model };
    for await (const part of this.#ports.model.answer(request)) {
      if (part.type === 'delta') {
        const piece = part.text.slice(0, MAX_ANSWER_CHARACTERS - answer.text.length);
        answer.text += piece;
        await this.#listener.delta?.(id, piece);
        if (piece.length < part.text.length)
          throw new ModelFailure('endless', `${model} sent more than ${MAX_ANSWER_CHARACTERS} characters.`);
      }
      if (part.type === 'call') answer.calls.push(part.call);
      if (part.type === 'done') done = part;
      // Some model clients ignore the signal.
      this.#signal.throwIfAborted();
    }
    return done;
  }

  async #callTool(call: ToolCall): Promise<TurnEvent> {
    this.#listener.call?.(call);
    const id = this.#ports.newId();
    const tools = availableTools(this.#state, this.#conversation.snapshot, this.#speaker());
    const tool = tools.find(({ name }) => name === call.name);
    const refusal = refusalOf(tool, call);
    if (!tool || refusal !== undefined)
      return { type: 'tool', id, call, output: refusal ?? '', failed: true, at: this.#now() };
    if (tool.source === 'handoff') return this.#handOff(id, tool, call);
    this.#announce(tool);
    const { output, failed, ends } = await this.#ports.tools.run(tool, call, this.#conversation, this.#signal);
    this.#endsAfterAnswer ||= ends ?? false;
    return { type: 'tool', id, call, output, failed, at: this.#now() };
  }

  #handOff(id: string, tool: OfferedTool, call: ToolCall): TurnEvent {
    const output = 'The conversation is being handed over already.';
    if (this.#handoffTaken) return { type: 'tool', id, call, output, failed: true, at: this.#now() };
    this.#handoffTaken = true;
    const announcement = handoffAnnouncement(tool);
    const note = announcement !== undefined && { announcement, noteId: this.#ports.newId() };
    return { type: 'handoff', id, call, to: tool.agentId ?? '', at: this.#now(), ...note };
  }

  /** Sends the contact the tool's announcement while the tool runs. */
  #announce({ spec }: OfferedTool): void {
    if (!spec?.announcement?.trim()) return;
    this.#add({ id: this.#ports.newId(), role: 'note', text: spec.announcement, at: this.#now() });
  }

  #add(message: Message): void {
    const stored = message.id === GREETING_ID ? { ...message, id: this.#ports.newId() } : message;
    this.#messages.push(stored);
    this.#listener.message?.(stored);
  }

  #speaker() {
    return speakerOf(this.#state, this.#conversation.snapshot);
  }

  #transcript(): Message[] {
    return [...this.#earlier, ...this.#messages];
  }

  #now(): string {
    return this.#ports.now().toISOString();
  }
}

/** Why a call cannot be made, for the model; undefined where it can. Models invent tools and arguments. */
function refusalOf(tool: OfferedTool | undefined, call: ToolCall): string | undefined {
  if (!tool) return `There is no tool ${call.name}.`;
  const issues = argumentIssues(tool.inputSchema as Schema, call.input);
  if (issues.length === 0) return undefined;
  return `The arguments are not acceptable: ${issues.map(({ path, message }) => `${path} ${message}`.trim()).join('; ')}`;
}

const sourceOf = ({ document, title, chunk }: Passage) => ({ document, title, chunk });
