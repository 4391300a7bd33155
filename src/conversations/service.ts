/**
 * What may be done with conversations. Each request loads one, carries on until nothing is left to do, and keeps what
 * was said in one guarded write: any node can go on with it, and one that was open survives a restart.
 */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { Fault, invalid, invalidAt } from '../faults.ts';
import { createPoller, type SetTimer } from '../lib/poller.ts';
import { createSerialQueue } from '../lib/serial-queue.ts';
import { type Caller, storesFor, systemCaller } from '../workspaces/caller.ts';
import type { KeyDialect } from '../workspaces/workspace.ts';
import type {
  Conversation,
  ConversationFacts,
  EndReason,
  Message,
  OfferedTool,
  Snapshot,
  Usage,
} from './conversation.ts';
import { createConversationEvents, NO_MESSAGES, type Subscriber } from './events.ts';
import { shownTool } from './offer.ts';
import type { Providers } from './ports.ts';
import { converse, type Listener, type Ports } from './session.ts';
import { conversationStarter, metadataIssues, type StartOptions, type StartRequest } from './start.ts';
import type { ConversationFilter, ConversationPage, PlacedMessage, Tally } from './store.ts';
import { type Event, newState, next } from './turn.ts';

export type { Overrides, StartRequest } from './start.ts';
export type { ConversationFilter, PlacedMessage, Tally } from './store.ts';

export interface ConversationParts extends Omit<StartOptions, 'tools'> {
  providers: Providers;
  /** How long nothing may happen in an open one. */
  idleMs: number;
  setTimer?: SetTimer;
}

/** What came of saying something. */
export interface TurnResult {
  conversation: Conversation;
  /** What was said and done since, the caller's own words first. */
  messages: Message[];
  /** Of this turn alone. */
  usage: Usage;
  /** The last answer ended where no more might be said. */
  limited?: boolean;
  /** Why the model did not answer, or did not finish. */
  failure?: string;
}

/** What a tongue keeps with a conversation, and may add to when it ends. */
export type EndFields = Partial<Pick<Conversation, 'metadata' | 'extras'>> & {
  /** It is one answer and not the end of a talk: nobody looks back at it. */
  unjudged?: boolean;
};

/** Whether the agent is to speak to it at once, when it next speaks, or only where it fits. */
export type Urgency = 'immediate' | 'soon' | 'later';

const MAX_MESSAGE_CHARACTERS = 32_000;
const IDLE_BATCH_SIZE = 200;
/** Between two looks for idle ones. */
const SWEEP_MS = 15_000;
const ATTEMPTS = 5;
const NO_USAGE: Usage = { input: 0, output: 0 };

export type ConversationService = ReturnType<typeof conversationService>;

export function conversationService(ctx: Context, { providers, idleMs, setTimer: later, ...parts }: ConversationParts) {
  const { store, now, newId } = ctx;
  const ports: Ports = { ...providers, now, newId };
  const prepare = conversationStarter(ctx, { ...parts, tools: providers.tools });
  const queue = createSerialQueue();
  /** What is being said at the moment, to be called off when the house closes. */
  const underWay = new Set<AbortController>();
  let closing = false;
  const events = createConversationEvents(store);
  const at = () => now().toISOString();
  const kept = (caller: Pick<Caller, 'writeOptions'>) => storesFor(ctx, caller).conversations;

  const shown = <T extends ConversationFacts>(caller: Caller, id: string, found: T | undefined): T => {
    // A stranger is shown what strangers began, and nothing else.
    if (found && (caller.kind !== 'stranger' || found.by === caller.author)) return found;
    throw new Fault('conversation_missing', { id });
  };
  const find = async (caller: Caller, id: string): Promise<Conversation> =>
    shown(caller, id, await store.conversations.get(caller.workspaceId, id));

  const closed = ({ id, state }: ConversationFacts) => {
    const why: Record<EndReason, string> = {
      ended: 'was ended',
      agent: 'was ended by the agent',
      idle: 'ended because nothing happened in it',
      failed: 'broke off',
      'agent-deleted': 'ended when its agent was deleted',
      'hung-up': 'ended when the other side hung up',
      'timed-out': 'ended because it had lasted as long as it may',
      transferred: 'ended when the call was handed over',
    };
    const reason = state.endReason ?? 'ended';
    return new Fault('conversation_closed', { id, reason, message: `The conversation ${why[reason]}.` });
  };

  type Author = Pick<Caller, 'author' | 'dialect' | 'writeOptions'>;
  const ending = (author: Author, { id, agentId, revision, channel }: ConversationFacts, reason: EndReason | null) =>
    auditEntry(ctx, author, 'conversation.ended', id, { agentId, revision, channel, reason });

  /** Ends one that nothing is being said in. */
  const finish = async (
    author: Author,
    open: ConversationFacts,
    reason: EndReason,
    more: EndFields = {},
  ): Promise<boolean> => {
    const time = at();
    const state = { ...open.state, status: 'ended' as const, endReason: reason };
    const after = { state, usage: open.usage, lastActivityAt: open.lastActivityAt, endedAt: time, ...more };
    const done = await kept(author).advance(open, after, NO_MESSAGES, ending(author, open, reason));
    if (done && !author.writeOptions.dryRun) events.publish({ ...open, ...after }, NO_MESSAGES, 'ended');
    return done;
  };

  /** By whoever asked, or by the house. One signal for both that is forgotten with the turn. */
  const unlessCalledOff = async <T>(signal: AbortSignal, work: (either: AbortSignal) => Promise<T>): Promise<T> => {
    const turn = new AbortController();
    const cancel = () => turn.abort();
    if (closing || signal.aborted) cancel();
    signal.addEventListener('abort', cancel);
    underWay.add(turn);
    try {
      return await work(turn.signal);
    } finally {
      underWay.delete(turn);
      signal.removeEventListener('abort', cancel);
    }
  };

  /** Carries on from an event and keeps what comes of it. */
  const carryOn = async (
    caller: Caller,
    before: Conversation,
    event: Event,
    listener: Listener,
    signal: AbortSignal,
  ) => {
    const { workspaceId, id } = before;
    let failure: string | undefined;
    const heard: Listener = {
      ...listener,
      failed: (reason) => {
        failure = reason;
        listener.failed?.(reason);
      },
    };
    const said = await store.conversations.messages(workspaceId, id);
    const {
      state,
      kept: messages,
      usage,
      limited,
    } = await unlessCalledOff(signal, (either) => converse(before, said, event, ports, heard, either));
    const time = at();
    const after = {
      state,
      usage: { input: before.usage.input + usage.input, output: before.usage.output + usage.output },
      lastActivityAt: time,
      endedAt: state.status === 'ended' ? time : null,
    };
    const entry = state.status === 'ended' ? ending(caller, before, state.endReason) : undefined;
    const words = { messages, from: said.length + 1 };
    if (!(await kept(caller).advance(before, after, words, entry))) throw new Fault('write_conflict');
    const conversation = { ...before, ...after, version: before.version + 1 };
    events.publish(conversation, words, state.status === 'ended' ? 'ended' : undefined);
    return { conversation, messages, usage, limited, ...(failure !== undefined && { failure }) };
  };

  /** Ends what has been still for too long, in every workspace; answers how many that were. */
  const endIdle = async (): Promise<number> => {
    let ended = 0;
    for (let more = true; more; ) {
      const since = new Date(now().getTime() - idleMs).toISOString();
      const still = await store.conversations.idleSince(since, IDLE_BATCH_SIZE);
      const done = await Promise.all(
        still.map((one) =>
          queue(one.id, async () => {
            // Its turn may have come after somebody else's, who said something.
            const open = await store.conversations.facts(one.workspaceId, one.id);
            if (open?.version !== one.version) return false;
            return finish(systemCaller({ id: one.workspaceId, number: 0 }), open, 'idle');
          }),
        ),
      );
      const progress = done.filter(Boolean).length;
      ended += progress;
      more = progress > 0 && still.length === IDLE_BATCH_SIZE;
    }
    return ended;
  };
  const sweeper = createPoller({
    work: async () => (await endIdle()) > 0,
    busyMs: SWEEP_MS,
    idleMs: SWEEP_MS,
    ...(later && { setTimer: later }),
  });

  return {
    /** A stranger at a public agent, or at a conversation that a stranger began. */
    async stranger(dialect: KeyDialect, about: { agentId: string } | { conversationId: string }): Promise<Caller> {
      const workspaceId =
        'agentId' in about
          ? (await store.agents.getPublic(about.agentId))?.workspaceId
          : await store.conversations.publicWorkspace(about.conversationId);
      const workspace = workspaceId && (await store.accounts.workspace(workspaceId));
      if (!workspace)
        throw 'agentId' in about
          ? new Fault('agent_missing', { id: about.agentId })
          : new Fault('conversation_missing', { id: about.conversationId });
      const nobody = { kind: 'stranger', author: 'public', limitKey: 'public', scopes: new Set<string>() } as const;
      return { ...systemCaller(workspace), ...nobody, dialect };
    },

    /** Begins one; its first words are the greeting, where the agent speaks first. */
    async create(caller: Caller, draft: StartRequest): Promise<{ conversation: Conversation; messages: Message[] }> {
      const id = newId();
      const { agent, contactId, snapshot, extras } = await prepare(caller, id, draft);
      const { startedAt, locale, channel } = snapshot;
      const fresh: Omit<Conversation, 'number'> = {
        workspaceId: caller.workspaceId,
        id,
        agentId: agent.id,
        revision: agent.revision,
        dialect: caller.dialect,
        by: caller.author,
        channel,
        locale,
        contactId,
        state: newState(agent.id),
        metadata: draft.metadata ?? {},
        extras,
        usage: NO_USAGE,
        analysis: null,
        startedAt,
        lastActivityAt: startedAt,
        endedAt: null,
        version: 1,
        snapshot,
      };
      const begin: Event = { type: 'begin', at: startedAt };
      const earlier = (draft.earlier ?? []).map(({ role, text }): Message => {
        const message: Message = { id: newId(), role, text, at: startedAt };
        return role === 'assistant' ? { ...message, agentId: agent.id } : message;
      });
      const opening =
        earlier.length > 0
          ? { state: fresh.state, kept: earlier }
          : await converse({ ...fresh, number: 0 }, [], begin, ports, {}, NEVER);
      const detail = { agentId: agent.id, revision: agent.revision, channel };
      const entry = auditEntry(ctx, caller, 'conversation.started', id, detail);
      const conversation = await kept(caller).create({ ...fresh, state: opening.state }, opening.kept, entry);
      if (!conversation) throw new Fault('revision_missing', { message: `Revision ${agent.revision} is gone.` });
      if (!caller.writeOptions.dryRun) events.publish(conversation, { messages: opening.kept, from: 1 }, 'started');
      return { conversation, messages: opening.kept };
    },

    /**
     * Says something and answers what came of it. Those who speak at once take turns. Where the signal calls it off,
     * what had been said by then is kept. `hear` finds the words in what was sent, once it is known what it is about.
     */
    async say(
      caller: Caller,
      id: string,
      parse: () => string,
      listener: Listener = {},
      signal: AbortSignal = NEVER,
    ): Promise<TurnResult> {
      return queue(id, async () => {
        const conversation = await find(caller, id);
        const content = parse();
        if (content.trim() === '') throw invalidAt('content', 'must not be empty', 'minLength');
        if (content.length > MAX_MESSAGE_CHARACTERS)
          throw invalidAt('content', `must have at most ${MAX_MESSAGE_CHARACTERS} characters`, 'maxLength');
        if (conversation.state.status === 'ended') throw closed(conversation);
        if (!conversation.snapshot.outlivesAgent && !(await store.agents.exists(conversation.agentId))) {
          if (!caller.writeOptions.dryRun) await finish(caller, conversation, 'agent-deleted');
          const state = { ...conversation.state, endReason: 'agent-deleted' as const };
          throw closed({ ...conversation, state });
        }
        // Nobody is asked and nothing is called for a rehearsal, and whoever has gone away said nothing.
        if (caller.writeOptions.dryRun || signal.aborted) return { conversation, messages: [], usage: NO_USAGE };
        const event: Event = { type: 'user', id: newId(), text: content, at: at() };
        return carryOn(caller, conversation, event, listener, signal);
      });
    },

    /** Lets the agent know something; it speaks to that at once where it is urgent, else when it next speaks. */
    inject(caller: Caller, id: string, text: string, urgency: Urgency): Promise<TurnResult> {
      return queue(id, async () => {
        const conversation = await find(caller, id);
        if (conversation.state.status === 'ended') throw closed(conversation);
        if (caller.writeOptions.dryRun) return { conversation, messages: [], usage: NO_USAGE };
        const words = urgency === 'later' ? `Only where it fits: ${text}` : text;
        const event: Event = { type: 'inject', id: newId(), text: words, speaks: urgency === 'immediate', at: at() };
        return carryOn(caller, conversation, event, {}, NEVER);
      });
    },

    /** Ends it; one that has ended is left as it is. `remember` says what is kept with it from then on. */
    end(
      caller: Caller,
      id: string,
      reason: EndReason = 'ended',
      remember: (open: Conversation) => EndFields = () => ({}),
    ): Promise<Conversation> {
      return queue(id, async () => {
        for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
          const conversation = await find(caller, id);
          if (conversation.state.status === 'ended') return conversation;
          const more = remember(conversation);
          const issues = metadataIssues(more.metadata ?? {});
          if (issues.length > 0) throw invalid(issues);
          if (!(await finish(caller, conversation, reason, more))) continue;
          if (!caller.writeOptions.dryRun) return find(caller, id);
          const { state } = next(conversation.state, { type: 'end', reason, at: at() }, conversation.snapshot);
          return { ...conversation, ...more, state, endedAt: at(), version: conversation.version + 1 };
        }
        throw new Fault('write_conflict');
      });
    },

    get: find,

    async getByNumber(caller: Caller, number: number): Promise<Conversation> {
      return shown(caller, String(number), await store.conversations.getByNumber(caller.workspaceId, number));
    },

    /** Of several ids those that there are, in no order. */
    some: (caller: Caller, ids: readonly string[]): Promise<ConversationFacts[]> =>
      store.conversations.getMany(caller.workspaceId, ids),

    /** What it runs on, as it may be shown. */
    async snapshot(caller: Caller, id: string): Promise<Snapshot> {
      const { snapshot } = await find(caller, id);
      const shownAll = (tools: readonly OfferedTool[]) => tools.map(shownTool);
      const personas = Object.entries(snapshot.personas).map(([agentId, persona]) => [
        agentId,
        { ...persona, tools: shownAll(persona.tools), afterwards: shownAll(persona.afterwards) },
      ]);
      return { ...snapshot, personas: Object.fromEntries(personas) };
    },

    list: (caller: Caller, filter: ConversationFilter, page: ConversationPage): Promise<ConversationFacts[]> =>
      store.conversations.list(caller.workspaceId, filter, page),

    count: (caller: Caller, filter: ConversationFilter): Promise<number> =>
      store.conversations.count(caller.workspaceId, filter),

    /** What was said, in order: all of it, or a page. */
    async messages(
      caller: Caller,
      id: string,
      page?: { limit: number; after?: number; offset?: number },
    ): Promise<PlacedMessage[]> {
      shown(caller, id, await store.conversations.facts(caller.workspaceId, id));
      return store.conversations.messages(caller.workspaceId, id, page);
    },

    countMessages: (caller: Caller, id: string, roles?: readonly Message['role'][]): Promise<number> =>
      store.conversations.countMessages(caller.workspaceId, id, roles),

    /** What the conversations of some agents come to, of those that were begun in the caller's tongue. */
    tallies: (caller: Caller, agentIds: readonly string[]): Promise<Map<string, Tally>> =>
      store.conversations.tallies(caller.workspaceId, agentIds, caller.dialect),

    /** Answers when whoever watches hears of what happens on other nodes, too. */
    listens: events.listens,

    /** Whatever happens from now on in the caller's workspace; what it answers ends that. */
    subscribe: (caller: Caller, subscriber: Subscriber): (() => void) =>
      events.subscribe(caller.workspaceId, subscriber),

    endIdle,
    /** From now on idle ones end by themselves. */
    start: sweeper.start,
    /** Ends that, and calls off what is being said. */
    async stop(): Promise<void> {
      closing = true;
      events.close();
      for (const turn of underWay) turn.abort();
      await sweeper.stop();
    },
  };
}

const NEVER = new AbortController().signal;
