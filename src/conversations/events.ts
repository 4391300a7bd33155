/**
 * Conversation events: a client subscribes to those of its workspace and receives them from any node.
 * Events are not stored. A node notifies its peers, and a peer with subscribers reads the messages from the database.
 */

import type { Engine } from '../db/engine.ts';
import type { ConversationFacts, Message } from './conversation.ts';
import type { ConversationStore } from './store.ts';

export type ConversationEvent =
  | { type: 'started' | 'ended'; conversation: ConversationFacts }
  | { type: 'said'; conversation: ConversationFacts; message: Message };

export interface Subscriber {
  onEvent(event: ConversationEvent): void;
  /** The server is closing; no more events follow. */
  onClose(): void;
}

/** New messages of a conversation. */
export interface AddedMessages {
  messages: readonly Message[];
  /** The place of the first one in the conversation, counted from 1. */
  from: number;
}

export const NO_MESSAGES: AddedMessages = { messages: [], from: 1 };

/** What events need of the store: the channel between nodes, and reads of what a peer has written. */
export interface EventStore {
  engine: Pick<Engine, 'notices'>;
  conversations: Pick<ConversationStore, 'facts' | 'messages'>;
}

type Change = 'started' | 'ended';

/** What a node sends its peers. `count` messages start at the place `from`. */
type Notice = [workspaceId: string, conversationId: string, from: number, count: number, change: Change | null];

const CHANNEL = 'conversations';

export class ConversationEvents {
  readonly #store: EventStore;
  /** By workspace id. */
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  #closed = false;
  #listening: Promise<void> | undefined;
  /** The notice that is being read. Notices are handled one after the other, which keeps their order. */
  #reading: Promise<void> = Promise.resolve();

  constructor(store: EventStore) {
    this.#store = store;
  }

  get subscriberCount(): number {
    return this.#subscribers.values().reduce((sum, subscribers) => sum + subscribers.size, 0);
  }

  /** The function returned ends the subscription. */
  subscribe(workspaceId: string, subscriber: Subscriber): () => void {
    if (this.#closed) {
      subscriber.onClose();
      return () => undefined;
    }
    void this.listen();
    const subscribers = this.#subscribers.get(workspaceId) ?? new Set();
    this.#subscribers.set(workspaceId, subscribers.add(subscriber));
    return () => {
      subscribers.delete(subscriber);
      if (subscribers.size === 0 && this.#subscribers.get(workspaceId) === subscribers)
        this.#subscribers.delete(workspaceId);
    };
  }

  /** Resolves once this node receives the events of its peers. */
  listen(): Promise<void> {
    this.#listening ??= this.#store.engine.notices?.listen(CHANNEL, (text) => {
      // A notice that cannot be read is skipped: the messages are in the database.
      this.#reading = this.#reading.then(() => this.#readNotice(text)).catch(() => undefined);
    });
    return this.#listening ?? Promise.resolve();
  }

  publish(conversation: ConversationFacts, added: AddedMessages, change?: Change): void {
    this.#publishHere(conversation, added.messages, change);
    const notice: Notice = [
      conversation.workspaceId,
      conversation.id,
      added.from,
      added.messages.length,
      change ?? null,
    ];
    // A lost notice must not fail the turn.
    this.#store.engine.notices?.notify(CHANNEL, JSON.stringify(notice)).catch(() => undefined);
  }

  close(): void {
    this.#closed = true;
    for (const subscribers of this.#subscribers.values()) for (const subscriber of subscribers) subscriber.onClose();
  }

  #publishHere(conversation: ConversationFacts, messages: readonly Message[], change?: Change): void {
    const events: ConversationEvent[] = messages.map((message) => ({ type: 'said', conversation, message }));
    if (change === 'started') events.unshift({ type: change, conversation });
    if (change === 'ended') events.push({ type: change, conversation });
    for (const subscriber of this.#subscribers.get(conversation.workspaceId) ?? [])
      for (const event of events) subscriber.onEvent(event);
  }

  async #readNotice(text: string): Promise<void> {
    const [workspaceId, id, from, count, change] = JSON.parse(text) as Notice;
    if (!this.#subscribers.has(workspaceId)) return;
    const { conversations } = this.#store;
    const conversation = await conversations.facts(workspaceId, id);
    const page = { limit: count, after: from - 1 };
    const messages = count > 0 ? await conversations.messages(workspaceId, id, page) : [];
    if (conversation) this.#publishHere(conversation, messages, change ?? undefined);
  }
}
