/**
 * The conversation service. A conversation lives in the database, not in a node: each request loads it, runs one turn
 * and stores the outcome in one guarded write. So any node can continue it, and it survives a restart.
 */

import type { Context } from '../context.ts';
import type { SetTimer } from '../lib/poller.ts';
import { createSerialQueue } from '../lib/serial-queue.ts';
import type { Caller } from '../workspaces/caller.ts';
import type { KeyDialect } from '../workspaces/workspace.ts';
import type { Conversation, ConversationFacts, EndReason, Message, Snapshot } from './conversation.ts';
import { createConversation } from './create.ts';
import { endConversation, endIdleConversations } from './ending.ts';
import { ConversationEvents, type Subscriber } from './events.ts';
import type { ConversationFilter, ConversationPage, Tally } from './list-store.ts';
import { LiveConversations } from './live-conversations.ts';
import type { MessagePage, PlacedMessage } from './message-store.ts';
import type { Providers } from './ports.ts';
import { callerWithoutKey, findByNumber, findConversation, readMessages, readSnapshot } from './reads.ts';
import { NEVER, type Runtime } from './runtime.ts';
import type { Listener } from './session.ts';
import type { StartOptions, StartRequest } from './start.ts';
import type { EndFields } from './store.ts';
import { inject, say, type TurnResult, type Urgency } from './turns.ts';

export type { ConversationFilter, Tally } from './list-store.ts';
export type { PlacedMessage } from './message-store.ts';
export type { Overrides, StartRequest } from './start.ts';
export type { EndFields } from './store.ts';
export type { TurnResult, Urgency } from './turns.ts';

export interface ConversationOptions extends Omit<StartOptions, 'tools'> {
  providers: Providers;
  /** A conversation without activity for this long is ended. */
  idleMs: number;
  setTimer?: SetTimer;
}

/**
 * Methods about one conversation throw `conversation_missing` where the caller sees none with this id, and
 * `conversation_closed` where it has ended and the method needs an open one.
 */
export interface ConversationService {
  /** The caller for a client without a key, at a public agent or at a conversation that such a client started. */
  publicCaller(dialect: KeyDialect, target: { agentId: string } | { conversationId: string }): Promise<Caller>;
  /** Starts a conversation. The first message is the greeting, where the agent speaks first. */
  create(caller: Caller, request: StartRequest): Promise<{ conversation: Conversation; messages: Message[] }>;
  /**
   * Sends a message of the contact and answers when the turn is over. `parse` reads the text from the body, after the
   * conversation is found. Messages to one conversation wait for each other. After an abort, what was sent is stored.
   */
  say(caller: Caller, id: string, parse: () => string, listener?: Listener, signal?: AbortSignal): Promise<TurnResult>;
  /** Adds context for the agent that the contact does not see. */
  inject(caller: Caller, id: string, text: string, urgency: Urgency): Promise<TurnResult>;
  /** Ends a conversation; one that has ended stays as it is. `fieldsFor` gives the values to store with it. */
  end(
    caller: Caller,
    id: string,
    reason?: EndReason,
    fieldsFor?: (open: Conversation) => EndFields,
  ): Promise<Conversation>;

  get(caller: Caller, id: string): Promise<Conversation>;
  getByNumber(caller: Caller, number: number): Promise<Conversation>;
  /** Ids without a conversation are left out; the order is undefined. */
  getMany(caller: Caller, ids: readonly string[]): Promise<ConversationFacts[]>;
  /** The snapshot that a conversation runs on, with the secrets of its tools masked. */
  snapshot(caller: Caller, id: string): Promise<Snapshot>;
  /** Newest first. */
  list(caller: Caller, filter: ConversationFilter, page: ConversationPage): Promise<ConversationFacts[]>;
  count(caller: Caller, filter: ConversationFilter): Promise<number>;
  /** In order: all messages, or a page of them. */
  messages(caller: Caller, id: string, page?: MessagePage): Promise<PlacedMessage[]>;
  countMessages(caller: Caller, id: string, roles?: readonly Message['role'][]): Promise<number>;
  /** Figures by agent id, over the conversations started through the caller's dialect. */
  tallies(caller: Caller, agentIds: readonly string[]): Promise<Map<string, Tally>>;

  /** Receives the events of the caller's workspace from now on. The function returned ends the subscription. */
  subscribe(caller: Caller, subscriber: Subscriber): () => void;
  /** Resolves once subscribers of this node also receive the events of its peers. */
  waitUntilListening(): Promise<void>;

  /** Ends the conversations of all workspaces that have been idle for too long; answers how many. */
  endIdle(): Promise<number>;
  /** Starts the idle sweep. */
  start(report: (error: unknown) => void): void;
  /** Stops the idle sweep, aborts the running turns and ends the subscriptions. */
  stop(): Promise<void>;
  /** The state of this node, for operators. */
  live: Pick<LiveConversations, 'snapshot'>;
}

export function conversationService(ctx: Context, options: ConversationOptions): ConversationService {
  const { providers, idleMs, setTimer, ...rest } = options;
  const { conversations } = ctx.store;
  const start: StartOptions = { ...rest, tools: providers.tools };
  const runtime = createRuntime(ctx, options);
  const { events, live } = runtime;
  return {
    publicCaller: (dialect, target) => callerWithoutKey(ctx, dialect, target),
    create: (caller, request) => createConversation(runtime, start, caller, request),
    say: (caller, id, parse, listener = {}, signal = NEVER) => say(runtime, caller, { id, parse, listener, signal }),
    inject: (caller, id, text, urgency) => inject(runtime, caller, id, text, urgency),
    end: (caller, id, reason = 'ended', fieldsFor = () => ({})) =>
      endConversation(runtime, caller, id, reason, fieldsFor),

    get: (caller, id) => findConversation(ctx, caller, id),
    getByNumber: (caller, number) => findByNumber(ctx, caller, number),
    getMany: ({ workspaceId }, ids) => conversations.getMany(workspaceId, ids),
    snapshot: (caller, id) => readSnapshot(ctx, caller, id),
    list: ({ workspaceId }, filter, page) => conversations.list(workspaceId, filter, page),
    count: ({ workspaceId }, filter) => conversations.count(workspaceId, filter),
    messages: (caller, id, page) => readMessages(ctx, caller, id, page),
    countMessages: ({ workspaceId }, id, roles) => conversations.countMessages(workspaceId, id, roles),
    tallies: ({ workspaceId, dialect }, agentIds) => conversations.tallies(workspaceId, agentIds, dialect),

    subscribe: ({ workspaceId }, subscriber) => events.subscribe(workspaceId, subscriber),
    waitUntilListening: () => events.listen(),

    endIdle: () => endIdleConversations(runtime, idleMs),
    start: (report) => live.start(report),
    stop: () => live.stop(),
    live,
  };
}

function createRuntime(ctx: Context, { providers, idleMs, setTimer }: ConversationOptions): Runtime {
  const events = new ConversationEvents(ctx.store);
  const endIdle = () => endIdleConversations(runtime, idleMs);
  const live = new LiveConversations({ events, endIdle, ...(setTimer && { setTimer }) });
  const ports = { ...providers, now: ctx.now, newId: ctx.newId };
  const runtime: Runtime = { ctx, ports, queue: createSerialQueue(), events, live };
  return runtime;
}
