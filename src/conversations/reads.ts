/** Reads of conversations, and who may see them. */

import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import { type Caller, systemCaller } from '../workspaces/caller.ts';
import type { KeyDialect } from '../workspaces/workspace.ts';
import type { Conversation, ConversationFacts, OfferedTool, Snapshot } from './conversation.ts';
import type { MessagePage, PlacedMessage } from './message-store.ts';
import { maskedOffer } from './offer.ts';

/** Throws `conversation_missing` where there is none. */
export async function findConversation({ store }: Context, caller: Caller, id: string): Promise<Conversation> {
  return visible(caller, id, await store.conversations.get(caller.workspaceId, id));
}

export async function findByNumber({ store }: Context, caller: Caller, number: number): Promise<Conversation> {
  return visible(caller, String(number), await store.conversations.getByNumber(caller.workspaceId, number));
}

/** A client without a key sees only the conversations that such clients started. */
function visible<T extends ConversationFacts>(caller: Caller, id: string, found: T | undefined): T {
  if (found && (caller.kind !== 'stranger' || found.by === caller.author)) return found;
  throw new Fault('conversation_missing', { id });
}

export async function readMessages(
  { store }: Context,
  caller: Caller,
  id: string,
  page?: MessagePage,
): Promise<PlacedMessage[]> {
  visible(caller, id, await store.conversations.facts(caller.workspaceId, id));
  return store.conversations.messages(caller.workspaceId, id, page);
}

/** The snapshot of a conversation, with the secrets of its tools masked. */
export async function readSnapshot(ctx: Context, caller: Caller, id: string): Promise<Snapshot> {
  const { snapshot } = await findConversation(ctx, caller, id);
  const masked = (tools: readonly OfferedTool[]) => tools.map(maskedOffer);
  const personas = Object.entries(snapshot.personas).map(([agentId, persona]) => [
    agentId,
    { ...persona, tools: masked(persona.tools), afterwards: masked(persona.afterwards) },
  ]);
  return { ...snapshot, personas: Object.fromEntries(personas) };
}

/** The caller for a client without a key, in the workspace of a public agent or of a conversation it started. */
export async function callerWithoutKey(
  { store }: Context,
  dialect: KeyDialect,
  target: { agentId: string } | { conversationId: string },
): Promise<Caller> {
  const workspaceId =
    'agentId' in target
      ? (await store.agents.getPublic(target.agentId))?.workspaceId
      : await store.conversations.publicWorkspace(target.conversationId);
  const workspace = workspaceId && (await store.accounts.workspace(workspaceId));
  if (!workspace)
    throw 'agentId' in target
      ? new Fault('agent_missing', { id: target.agentId })
      : new Fault('conversation_missing', { id: target.conversationId });
  const publicClient = { kind: 'stranger', author: 'public', limitKey: 'public', scopes: new Set<string>() } as const;
  return { ...systemCaller(workspace), ...publicClient, dialect };
}
