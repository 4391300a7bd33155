/** One subscription to the conversations of each workspace that has active calls on this node. */

import type { ConversationEvent } from '../conversations/events.ts';
import type { ConversationService } from '../conversations/service.ts';
import { callerOf } from './active-call.ts';

export class ConversationSubscriptions {
  readonly #conversations: Pick<ConversationService, 'subscribe'>;
  readonly #onEvent: (event: ConversationEvent) => void;
  readonly #byWorkspace = new Map<string, { calls: number; unsubscribe: () => void }>();

  constructor(conversations: Pick<ConversationService, 'subscribe'>, onEvent: (event: ConversationEvent) => void) {
    this.#conversations = conversations;
    this.#onEvent = onEvent;
  }

  /** Counts one more call of the workspace. */
  retain(workspaceId: string): void {
    const existing = this.#byWorkspace.get(workspaceId);
    if (existing) {
      existing.calls += 1;
      return;
    }
    const unsubscribe = this.#conversations.subscribe(callerOf({ workspaceId, dialect: 'native', by: 'system' }), {
      onClose: () => undefined,
      onEvent: this.#onEvent,
    });
    this.#byWorkspace.set(workspaceId, { calls: 1, unsubscribe });
  }

  /** Counts one call less, and unsubscribes after the last one. */
  release(workspaceId: string): void {
    const existing = this.#byWorkspace.get(workspaceId);
    if (!existing) return;
    existing.calls -= 1;
    if (existing.calls > 0) return;
    existing.unsubscribe();
    this.#byWorkspace.delete(workspaceId);
  }
}
