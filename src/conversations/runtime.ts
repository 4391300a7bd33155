/** What the parts of the conversation service share. */

import type { Context } from '../context.ts';
import type { ConversationEvents } from './events.ts';
import type { LiveConversations } from './live-conversations.ts';
import type { Ports } from './session.ts';

export interface Runtime {
  ctx: Context;
  ports: Ports;
  /** Requests about one conversation wait for each other on this node. Across nodes, the version guards the write. */
  queue: <T>(conversationId: string, work: () => Promise<T>) => Promise<T>;
  events: ConversationEvents;
  live: LiveConversations;
}

/** A signal that never aborts. */
export const NEVER = new AbortController().signal;
