/**
 * `subAgents`: the agents that this one hands over to. Agntix sends a tree with whole agents in it; here each agent is
 * written by itself, so an item points at one that exists and may repeat what that agent says, not change it.
 */

import type { Agent, SubAgent } from '../../../agents/agent.ts';
import type { Codec } from '../../../agents/change/rows.ts';
import { mentionedIds, type View } from '../../../agents/view.ts';
import { type Issue, invalid } from '../../../faults.ts';
import { slugOf } from '../../../lib/text.ts';
import { isObject, type JsonObject, same } from '../../../lib/values.ts';
import type { SubAgentRef } from './contract.ts';

const CARD = ['fullName', 'description', 'role'] as const;

/** `showAgent` says what an agent is to Agntix, by field. */
export function subAgents(formatAgent: (view: View) => JsonObject): Codec {
  const card = (agent: Agent | undefined, { references }: View) => {
    const shown = agent ? formatAgent({ agent, references }) : {};
    return Object.fromEntries(CARD.map((field) => [field, shown[field] ?? null]));
  };
  return {
    to: (children, view) =>
      (children as SubAgent[]).map((child) => ({
        id: child.id,
        slug: child.slug,
        agentId: child.agentId,
        agent: { id: child.agentId, ...card(view.references.agents.get(child.agentId), view) },
        handoffMessageConfig: child.handoff ?? null,
        inputSchema: child.inputSchema ?? null,
        metaData: child.metadata ?? null,
        sortOrder: child.sortOrder ?? null,
      })),

    from: (sent, current, view) => {
      const before = current as SubAgent[];
      const issues: Issue[] = [];
      const after: SubAgent[] = [];
      for (const [i, item] of (sent as SubAgentRef[]).entries()) {
        const refuse = (path: string, message: string, rule: string) =>
          issues.push({ path: path ? `${i}.${path}` : String(i), message, rule });
        const agentId = agentIdOf(item, before);
        if (agentId === undefined) {
          refuse(item.agent ? 'agent.id' : 'agentId', 'is required: a sub-agent must be an existing agent', 'required');
          continue;
        }
        const agent = view.references.agents.get(agentId);
        if (!agent) {
          refuse('agentId', `refers to an agent that does not exist: ${agentId}`, 'reference');
          continue;
        }
        if (after.some((other) => other.agentId === agentId)) refuse('agentId', 'is in the list twice', 'uniqueItems');
        for (const field of changedIn(item, formatAgent({ agent, references: view.references })))
          refuse(`agent.${field}`, 'differs from that agent; change it by updating that agent', 'fixed');
        if (item.subAgents && !same(childrenOf(item), mentionedIds(agent.document).agentIds))
          refuse('subAgents', 'differ from that agent; change them by updating that agent', 'fixed');
        const known = before.find((child) => child.agentId === agentId);
        const child = subAgent(item, agent, known, after);
        if (after.some((other) => other.slug === child.slug)) refuse('slug', 'is in the list twice', 'uniqueItems');
        after.push(child);
      }
      if (issues.length > 0) throw invalid(issues);
      return after;
    },
  };
}

/** `id` alone may be what Agntix calls the hand-off itself, or an agent. */
function agentIdOf(item: SubAgentRef, before: readonly SubAgent[]): string | undefined {
  const said = item.agentId ?? item.agent?.['id'];
  if (typeof said === 'string') return said.toLowerCase();
  // An inline agent without an id is a new agent, even where the hand-off is known.
  if (item.agent || !item.id) return undefined;
  return before.find((child) => child.id === item.id)?.agentId ?? item.id.toLowerCase();
}

const changedIn = ({ agent }: SubAgentRef, shown: JsonObject): string[] =>
  Object.keys(shown).filter((field) => agent && Object.hasOwn(agent, field) && !same(agent[field], shown[field]));

const childrenOf = (item: SubAgentRef): unknown[] =>
  (item.subAgents ?? []).map((child) => agentIdOf(child as SubAgentRef, []));

/** What an item leaves out stays as it is; a null takes it away. */
function subAgent(
  item: SubAgentRef,
  agent: Agent,
  known: SubAgent | undefined,
  siblings: readonly SubAgent[],
): SubAgent {
  const keep = <T>(said: T | null | undefined, had: T | undefined): T | undefined =>
    (said === undefined ? had : said) ?? undefined;
  const handoff = keep<JsonObject>(item.handoffMessageConfig, known?.handoff);
  const inputSchema = keep(item.inputSchema, known?.inputSchema);
  const metadata = keep(item.metaData, known?.metadata);
  const sortOrder = keep(item.sortOrder, known?.sortOrder);
  return {
    id: known?.id ?? agent.id,
    slug: item.slug ?? known?.slug ?? freeSlug(slugOf(agent.document.name), siblings),
    agentId: agent.id,
    ...(handoff && { handoff }),
    ...(inputSchema && { inputSchema }),
    ...(metadata && { metadata }),
    ...(sortOrder !== undefined && { sortOrder }),
  };
}

function freeSlug(slug: string, siblings: readonly SubAgent[]): string {
  const taken = new Set(siblings.map((child) => child.slug));
  let free = slug;
  for (let n = 2; taken.has(free); n += 1) free = `${slug}-${n}`;
  return free;
}

/** Every id in a list of items that may be an agent's: all of it is looked up at once. */
export function agentIdsIn(items: readonly unknown[]): string[] {
  return items
    .filter(isObject)
    .flatMap((item) => [item['agentId'], item['id'], isObject(item['agent']) ? item['agent']['id'] : undefined])
    .filter((id) => typeof id === 'string');
}
