/** Looks up what agents point at, all of it in as many questions as there are kinds, never one per agent. */
import type { Agent } from '../model/agent.ts';
import { NOTHING_RELATED, type Related, type Wanted } from '../model/view.ts';
import type { House } from './house.ts';

const distinct = <T>(values: readonly T[]): readonly T[] => (values.length > 1 ? [...new Set(values)] : values);

/** The avatars that agents wear. */
function worn(agents: readonly Agent[]): string[] {
  const ids: string[] = [];
  for (const { document } of agents) if (document.avatar?.id !== undefined) ids.push(document.avatar.id);
  return ids;
}

/** `wanted` is what a request names; avatars that the agents wear are always looked up, for their voices. */
export async function relatedTo(
  { store }: House,
  workspaceId: string,
  agents: readonly Agent[],
  wanted: Wanted = {},
): Promise<Related> {
  const { avatarNumbers = [], toolIds = [], phoneNumberIds = [], corpusIds = [], agentIds = [] } = wanted;
  const avatarIds = distinct([...worn(agents), ...(wanted.avatarIds ?? [])]);
  const total =
    avatarIds.length +
    avatarNumbers.length +
    toolIds.length +
    phoneNumberIds.length +
    corpusIds.length +
    agentIds.length;
  if (total === 0) return NOTHING_RELATED;
  const [avatars, tools, numbers, corpora, others] = await Promise.all([
    avatarIds.length + avatarNumbers.length > 0
      ? store.records.avatars.wearable(workspaceId, avatarIds, distinct(avatarNumbers))
      : [],
    toolIds.length > 0 ? store.records.tools.some(workspaceId, distinct(toolIds)) : [],
    phoneNumberIds.length > 0 ? store.records.phoneNumbers.some(workspaceId, distinct(phoneNumberIds)) : [],
    corpusIds.length > 0 ? store.knowledge.corpora.some(workspaceId, distinct(corpusIds)) : [],
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
