/** Who watches the conversations of a workspace on this node, and the telling of what happens in them. Nothing is kept. */
import type { ConversationFacts, Message } from '../model/conversation.ts';

export type Happening =
  | { type: 'started' | 'ended'; conversation: ConversationFacts }
  | { type: 'said'; conversation: ConversationFacts; message: Message };

export interface Watcher {
  tell(happening: Happening): void;
  /** Nothing more will happen here: the house closes. */
  over(): void;
}

export interface Happenings {
  /** What it answers ends it. */
  watch(workspaceId: string, watcher: Watcher): () => void;
  tell(conversation: ConversationFacts, messages: readonly Message[], change?: 'started' | 'ended'): void;
  close(): void;
}

export function createHappenings(): Happenings {
  const watching = new Map<string, Set<Watcher>>();
  let closed = false;
  return {
    watch(workspaceId, watcher) {
      if (closed) {
        watcher.over();
        return () => undefined;
      }
      const watchers = watching.get(workspaceId) ?? new Set();
      watching.set(workspaceId, watchers.add(watcher));
      return () => {
        watchers.delete(watcher);
        if (watchers.size === 0 && watching.get(workspaceId) === watchers) watching.delete(workspaceId);
      };
    },
    tell(conversation, messages, change) {
      const happened: Happening[] = messages.map((message) => ({ type: 'said', conversation, message }));
      if (change === 'started') happened.unshift({ type: change, conversation });
      if (change === 'ended') happened.push({ type: change, conversation });
      for (const watcher of watching.get(conversation.workspaceId) ?? [])
        for (const happening of happened) watcher.tell(happening);
    },
    close() {
      closed = true;
      for (const watchers of watching.values()) for (const watcher of watchers) watcher.over();
    },
  };
}
