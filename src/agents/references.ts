/** Loads the records that agents refer to: one query for each kind of record, however many agents there are. */

import type { Context } from '../context.ts';
import type { Agent } from './agent.ts';
import { NO_REFERENCES, type ReferenceIds, type References, type View } from './view.ts';

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** `ids` are the records that a request names. The avatars of the agents are always loaded, because of their voices. */
export async function loadReferences(
  { store }: Context,
  workspaceId: string,
  agents: readonly Agent[],
  ids: ReferenceIds = {},
): Promise<References> {
  const ownAvatars = agents.map(({ document }) => document.avatar?.id).filter((id) => id !== undefined);
  const avatarIds = distinct([...ownAvatars, ...(ids.avatarIds ?? [])]);
  const { avatarNumbers = [], toolIds = [], phoneNumberIds = [], corpusIds = [], agentIds = [] } = ids;
  const all = [avatarIds, avatarNumbers, toolIds, phoneNumberIds, corpusIds, agentIds];
  if (all.every(({ length }) => length === 0)) return NO_REFERENCES;
  const [avatars, tools, numbers, corpora, others] = await Promise.all([
    avatarIds.length + avatarNumbers.length > 0
      ? store.avatars.listUsable(workspaceId, avatarIds, distinct(avatarNumbers))
      : [],
    toolIds.length > 0 ? store.tools.getMany(workspaceId, distinct(toolIds)) : [],
    phoneNumberIds.length > 0 ? store.phoneNumbers.getMany(workspaceId, distinct(phoneNumberIds)) : [],
    corpusIds.length > 0 ? store.knowledge.corpora.getMany(workspaceId, distinct(corpusIds)) : [],
    agentIds.length > 0
      ? store.agents.list(
          workspaceId,
          { ids: distinct(agentIds) },
          { by: 'createdAt', direction: 'asc' },
          { limit: agentIds.length },
        )
      : [],
  ]);
  return {
    avatars: new Map(avatars.map((avatar) => [avatar.id, avatar])),
    avatarsByNumber: new Map(avatars.map((avatar) => [avatar.number, avatar])),
    tools: new Map(tools.map((tool) => [tool.id, tool])),
    phoneNumbers: new Map(numbers.map((number) => [number.id, number])),
    corpora: new Map(corpora.map((corpus) => [corpus.id, corpus])),
    agents: new Map(others.map((agent) => [agent.id, agent])),
  };
}

/** One agent with its references and those that `lookups` names. */
export const viewOf = async (ctx: Context, agent: Agent, lookups?: (agent: Agent) => ReferenceIds): Promise<View> => ({
  agent,
  references: await loadReferences(ctx, agent.workspaceId, [agent], lookups?.(agent)),
});
