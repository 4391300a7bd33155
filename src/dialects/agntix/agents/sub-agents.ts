/**
 * `subAgents`: the agents that an agent hands over to. Agntix sends a tree of whole agents; Parlance updates one agent
 * per request. An item therefore refers to an existing agent, and may repeat that agent's fields but not change them.
 */

import type { Agent, SubAgent } from '../../../agents/agent.ts';
import type { Codec } from '../../../agents/change/rows.ts';
import { referencedIds, type View } from '../../../agents/view.ts';
import { type Issue, invalid } from '../../../faults.ts';
import { slugOf } from '../../../lib/text.ts';
import { isObject, type JsonObject, same } from '../../../lib/values.ts';
import type { SubAgentRef } from './contract.ts';

const CARD = ['fullName', 'description', 'role'] as const;

/** `formatAgent` gives an agent's fields as Agntix shows them. */
export function subAgents(formatAgent: (view: View) => JsonObject): Codec {
  const card = (agent: Agent | undefined, { references }: View) => {
    const fields = agent ? formatAgent({ agent, references }) : {};
    return Object.fromEntries(CARD.map((field) => [field, fields[field] ?? null]));
  };
  return {
    format: (children, view) =>
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

    parse: (items, current, view) => {
      const existing = current as SubAgent[];
      const issues: Issue[] = [];
      const after: SubAgent[] = [];
      for (const [i, item] of (items as SubAgentRef[]).entries()) {
        const refuse = (path: string, message: string, rule: string) =>
          issues.push({ path: path ? `${i}.${path}` : String(i), message, rule });
        const agentId = agentIdOf(item, existing);
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
        if (item.subAgents && !same(childrenOf(item), referencedIds(agent.document).agentIds))
          refuse('subAgents', 'differ from that agent; change them by updating that agent', 'fixed');
        const known = existing.find((child) => child.agentId === agentId);
        const child = subAgent(item, agent, known, after);
        if (after.some((other) => other.slug === child.slug)) refuse('slug', 'is in the list twice', 'uniqueItems');
        after.push(child);
      }
      if (issues.length > 0) throw invalid(issues);
      return after;
    },
  };
}

/** An `id` without `agentId` is the id of the hand-off or of the agent. */
function agentIdOf(item: SubAgentRef, existing: readonly SubAgent[]): string | undefined {
  const id = item.agentId ?? item.agent?.['id'];
  if (typeof id === 'string') return id.toLowerCase();
  // An inline agent without an id is a new agent, even if the hand-off exists.
  if (item.agent || !item.id) return undefined;
  return existing.find((child) => child.id === item.id)?.agentId ?? item.id.toLowerCase();
}

const changedIn = ({ agent }: SubAgentRef, formatted: JsonObject): string[] =>
  Object.keys(formatted).filter(
    (field) => agent && Object.hasOwn(agent, field) && !same(agent[field], formatted[field]),
  );

const childrenOf = (item: SubAgentRef): unknown[] =>
  (item.subAgents ?? []).map((child) => agentIdOf(child as SubAgentRef, []));

/** Omitted fields keep their value. Null clears a field. */
function subAgent(
  item: SubAgentRef,
  agent: Agent,
  known: SubAgent | undefined,
  siblings: readonly SubAgent[],
): SubAgent {
  const keep = <T>(value: T | null | undefined, previous: T | undefined): T | undefined =>
    (value === undefined ? previous : value) ?? undefined;
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

/** Every id in a list of items that may be an agent's, so that one query finds them all. */
export function agentIdsIn(items: readonly unknown[]): string[] {
  return items
    .filter(isObject)
    .flatMap((item) => [item['agentId'], item['id'], isObject(item['agent']) ? item['agent']['id'] : undefined])
    .filter((id) => typeof id === 'string');
}
