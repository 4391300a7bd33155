/** Looks up what agents point at, all of it in as many questions as there are kinds, never one per agent. */

import type { Context } from '../context.ts';
import type { Agent } from './agent.ts';
import { NO_REFERENCES, type ReferenceIds, type References } from './view.ts';

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** `wanted` is what a request names; avatars that the agents wear are always looked up, for their voices. */
export async function loadReferences(
  { store }: Context,
  workspaceId: string,
  agents: readonly Agent[],
  wanted: ReferenceIds = {},
): Promise<References> {
  const worn = agents.map(({ document }) => document.avatar?.id).filter((id) => id !== undefined);
  const avatarIds = distinct([...worn, ...(wanted.avatarIds ?? [])]);
  const { avatarNumbers = [], toolIds = [], phoneNumberIds = [], corpusIds = [], agentIds = [] } = wanted;
  const all = [avatarIds, avatarNumbers, toolIds, phoneNumberIds, corpusIds, agentIds];
  if (all.every(({ length }) => length === 0)) return NO_REFERENCES;
  const [avatars, tools, numbers, corpora, others] = await Promise.all([
    avatarIds.length + avatarNumbers.length > 0
      ? store.avatars.wearable(workspaceId, avatarIds, distinct(avatarNumbers))
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
