/** The sub-agents of sub-agents. Only the detail shows them, because each level takes one more read. */

import type { Agent } from '../../../agents/agent.ts';
import { referencedIds, type View } from '../../../agents/view.ts';
import type { JsonObject } from '../../../lib/values.ts';

const LEVELS = 8;
/** Limits the tree, which shows an agent once for every path to it. */
const MAX_ITEMS = 500;

const childrenOf = ({ document }: Agent): string[] => referencedIds(document).agentIds;

/** `get` reads the agent, its usual references and the agents of the given ids. */
export async function withTree(get: (agentIds: string[]) => Promise<View>): Promise<View> {
  const requested = new Set<string>();
  let view = await get([]);
  for (let level = 1; level < LEVELS; level += 1) {
    const { agents } = view.references;
    const missing = [...agents.values()].flatMap(childrenOf).filter((id) => !agents.has(id) && !requested.has(id));
    if (missing.length === 0 || requested.size + missing.length > MAX_ITEMS) break;
    for (const id of missing) requested.add(id);
    view = await get([...requested]);
  }
  return view;
}

/** Adds `subAgents` to each item whose sub-agents were all read. `format` gives the sub-agents of one agent. */
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
