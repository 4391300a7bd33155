/** The turns of conversations: each loads the conversation, runs to its end, and stores the result in one write. */

import { Fault, invalidAt } from '../faults.ts';
import { type Caller, storesFor } from '../workspaces/caller.ts';
import type { Conversation, Message, Usage } from './conversation.ts';
import { closedFault, endEntry, writeEnd } from './ending.ts';
import { findConversation } from './reads.ts';
import { NEVER, type Runtime } from './runtime.ts';
import { type Listener, runTurn } from './session.ts';
import type { TurnEvent } from './turn.ts';

export interface TurnResult {
  conversation: Conversation;
  /** The messages added, the client's own first. */
  messages: Message[];
  /** The tokens of this turn. */
  usage: Usage;
  /** The model stopped the last answer at its token limit. */
  limited?: boolean;
  /** Why the model did not answer, or did not finish. */
  failure?: string;
}

/** When the agent speaks about an injected text: at once, with its next answer, or only where it fits. */
export type Urgency = 'immediate' | 'soon' | 'later';

const MAX_MESSAGE_CHARACTERS = 32_000;
export const NO_USAGE: Usage = { input: 0, output: 0 };

/** One message of the client. */
export interface SayRequest {
  id: string;
  /** Reads the text from the body. It is called after the conversation is found, so that a 404 comes first. */
  parse: () => string;
  listener: Listener;
  signal: AbortSignal;
}

export function say(runtime: Runtime, caller: Caller, request: SayRequest): Promise<TurnResult> {
  const { ctx, queue } = runtime;
  const { id, parse, listener, signal } = request;
  return queue(id, async () => {
    const conversation = await findConversation(ctx, caller, id);
    const text = checkedText(parse());
    await requireOpen(runtime, caller, conversation);
    // A dry run asks no model. A client that has gone did not wait for its turn in the queue.
    if (caller.writeOptions.dryRun || signal.aborted) return { conversation, messages: [], usage: NO_USAGE };
    const event: TurnEvent = { type: 'user', id: ctx.newId(), text, at: ctx.now().toISOString() };
    return runAndStore(runtime, caller, conversation, event, listener, signal);
  });
}

export function inject(
  runtime: Runtime,
  caller: Caller,
  id: string,
  text: string,
  urgency: Urgency,
): Promise<TurnResult> {
  const { ctx, queue } = runtime;
  return queue(id, async () => {
    const conversation = await findConversation(ctx, caller, id);
    if (conversation.state.status === 'ended') throw closedFault(conversation);
    if (caller.writeOptions.dryRun) return { conversation, messages: [], usage: NO_USAGE };
    const event: TurnEvent = {
      type: 'inject',
      id: ctx.newId(),
      text: urgency === 'later' ? `Only where it fits: ${text}` : text,
      answerNow: urgency === 'immediate',
      at: ctx.now().toISOString(),
    };
    return runAndStore(runtime, caller, conversation, event, {}, NEVER);
  });
}

function checkedText(text: string): string {
  if (text.trim() === '') throw invalidAt('content', 'must not be empty', 'minLength');
  if (text.length > MAX_MESSAGE_CHARACTERS)
    throw invalidAt('content', `must have at most ${MAX_MESSAGE_CHARACTERS} characters`, 'maxLength');
  return text;
}

/** Throws `conversation_closed`. A conversation whose agent has been deleted ends here. */
async function requireOpen(runtime: Runtime, caller: Caller, conversation: Conversation): Promise<void> {
  if (conversation.state.status === 'ended') throw closedFault(conversation);
  const { agents } = runtime.ctx.store;
  if (conversation.snapshot.outlivesAgent || (await agents.exists(conversation.agentId))) return;
  if (!caller.writeOptions.dryRun) await writeEnd(runtime, caller, conversation, 'agent-deleted');
  throw closedFault({ ...conversation, state: { ...conversation.state, endReason: 'agent-deleted' } });
}

/** Runs a turn from `event` and stores its outcome. Throws `write_conflict` where another node has written first. */
async function runAndStore(
  { ctx, ports, events, live }: Runtime,
  caller: Caller,
  before: Conversation,
  event: TurnEvent,
  listener: Listener,
  clientSignal: AbortSignal,
): Promise<TurnResult> {
  let failure: string | undefined;
  const recording: Listener = {
    ...listener,
    failed: (reason) => {
      failure = reason;
      listener.failed?.(reason);
    },
  };
  const earlier = await ctx.store.conversations.messages(before.workspaceId, before.id);
  const input = { conversation: before, messages: earlier, event };
  const outcome = await live.runTurn(clientSignal, (signal) => runTurn(input, ports, recording, signal));
  const { state, messages, usage, limited } = outcome;
  const at = ctx.now().toISOString();
  const ended = state.status === 'ended';
  const after = {
    state,
    usage: { input: before.usage.input + usage.input, output: before.usage.output + usage.output },
    lastActivityAt: at,
    endedAt: ended ? at : null,
  };
  const entry = ended ? endEntry(ctx, caller, before, state.endReason) : undefined;
  const added = { messages, from: earlier.length + 1 };
  if (!(await storesFor(ctx, caller).conversations.advance(before, after, added, entry)))
    throw new Fault('write_conflict');
  const conversation = { ...before, ...after, version: before.version + 1 };
  events.publish(conversation, added, ended ? 'ended' : undefined);
  return { conversation, messages, usage, limited, ...(failure !== undefined && { failure }) };
}
