/**
 * Who watches the conversations of a workspace, and the telling of what happens in them, on whichever node that is.
 * Nothing is kept: other nodes are told which words to look up, and only those that have somebody watching do.
 */

import type { Store } from '../stores.ts';
import type { ConversationFacts, Message } from './conversation.ts';

export type ConversationEvent =
  | { type: 'started' | 'ended'; conversation: ConversationFacts }
  | { type: 'said'; conversation: ConversationFacts; message: Message };

export interface Subscriber {
  onEvent(event: ConversationEvent): void;
  /** Nothing more will happen here: the house closes. */
  settleEnded(): void;
}

/** What was said, and the place of the first message in the conversation. */
export interface AddedMessages {
  messages: readonly Message[];
  from: number;
}
type Change = 'started' | 'ended';

export interface ConversationEvents {
  /** What it answers ends it. */
  subscribe(workspaceId: string, subscriber: Subscriber): () => void;
  /** Answers when what other nodes do is heard as well. */
  listens(): Promise<void>;
  publish(conversation: ConversationFacts, words: AddedMessages, change?: Change): void;
  close(): void;
}

export const NO_MESSAGES: AddedMessages = { messages: [], from: 1 };

export function createConversationEvents({
  engine: { notices },
  conversations,
}: Pick<Store, 'engine' | 'conversations'>) {
  const subscribed = new Map<string, Set<Subscriber>>();
  let closed = false;
  let listening: Promise<void> | undefined;
  let hearing: Promise<void> = Promise.resolve();

  const publishHere = (conversation: ConversationFacts, messages: readonly Message[], change?: Change): void => {
    const happened: ConversationEvent[] = messages.map((message) => ({ type: 'said', conversation, message }));
    if (change === 'started') happened.unshift({ type: change, conversation });
    if (change === 'ended') happened.push({ type: change, conversation });
    for (const subscriber of subscribed.get(conversation.workspaceId) ?? [])
      for (const event of happened) subscriber.onEvent(event);
  };

  const publishToPeers = (
    { workspaceId, id }: ConversationFacts,
    { messages, from }: AddedMessages,
    change?: Change,
  ): void => {
    const said: Notice = [workspaceId, id, from, messages.length, change ?? null];
    // Whoever misses it reads it where it was written: it is no reason for a turn to fail.
    notices?.tell('conversations', JSON.stringify(said)).catch(() => undefined);
  };

  const look = async (told: string): Promise<void> => {
    const [workspaceId, id, from, count, change] = JSON.parse(told) as Notice;
    if (!subscribed.has(workspaceId)) return;
    const conversation = await conversations.facts(workspaceId, id);
    const page = { limit: count, after: from - 1 };
    const messages = count > 0 ? await conversations.messages(workspaceId, id, page) : [];
    if (conversation) publishHere(conversation, messages, change ?? undefined);
  };

  const listens = (): Promise<void> => {
    listening ??= notices?.listen('conversations', (told) => {
      // One after the other, as they were said; what cannot be looked up is missed.
      hearing = hearing.then(() => look(told)).catch(() => undefined);
    });
    return listening ?? Promise.resolve();
  };

  const events: ConversationEvents = {
    listens,
    subscribe(workspaceId, subscriber) {
      if (closed) {
        subscriber.settleEnded();
        return () => undefined;
      }
      void listens();
      const subscribers = subscribed.get(workspaceId) ?? new Set();
      subscribed.set(workspaceId, subscribers.add(subscriber));
      return () => {
        subscribers.delete(subscriber);
        if (subscribers.size === 0 && subscribed.get(workspaceId) === subscribers) subscribed.delete(workspaceId);
      };
    },
    publish(conversation, words, change) {
      publishHere(conversation, words.messages, change);
      publishToPeers(conversation, words, change);
    },
    close() {
      closed = true;
      for (const subscribers of subscribed.values()) for (const subscriber of subscribers) subscriber.settleEnded();
    },
  };
  return events;
}

/** Workspace, conversation, the place of the first message, how many there are, and what became of the conversation. */
type Notice = [workspaceId: string, id: string, from: number, count: number, change: Change | null];
