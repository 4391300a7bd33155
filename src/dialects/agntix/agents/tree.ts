/**
 * The sub-agents of sub-agents. Only the detail shows them, because every level is looked up by itself: one more reading
 * for an agent whose sub-agents hand over in turn, none for any other.
 */
import type { Agent } from '../../../agents/agent.ts';
import { mentionedIds, type View } from '../../../agents/view.ts';
import type { JsonObject } from '../../../lib/values.ts';

const LEVELS = 8;
/** Two ways may lead to one agent, and a tree shows it twice; so there is an end to what is shown. */
const MAX_ITEMS = 500;

const childrenOf = ({ document }: Agent): string[] => mentionedIds(document).agentIds;

/** `get` looks these agents up besides what it always does. */
export async function withTree(get: (agentIds: string[]) => Promise<View>): Promise<View> {
  const asked = new Set<string>();
  let view = await get([]);
  for (let level = 1; level < LEVELS; level += 1) {
    const { agents } = view.references;
    const unseen = [...agents.values()].flatMap(childrenOf).filter((id) => !agents.has(id) && !asked.has(id));
    if (unseen.length === 0 || asked.size + unseen.length > MAX_ITEMS) break;
    for (const id of unseen) asked.add(id);
    view = await get([...asked]);
  }
  return view;
}

/** Each item with its own `subAgents`, where all of them were looked up. `show` says what an agent hands over to. */
export function formatTree(
  items: readonly JsonObject[],
  references: View['references'],
  format: (agent: Agent) => JsonObject[],
  budget = { left: MAX_ITEMS },
): JsonObject[] {
  return items.map((item) => {
    const agent = references.agents.get(String(item['agentId']));
    const children = agent && childrenOf(agent);
    if (!children?.every((id) => references.agents.has(id)) || children.length > budget.left) return item;
    budget.left -= children.length;
    return { ...item, subAgents: formatTree(format(agent!), references, format, budget) };
  });
}
