/** Lists of agents: filter, order and format. */

import { referencedIds, type View } from '../../../agents/view.ts';
import { invalidAt } from '../../../faults.ts';
import { isStorableTime } from '../../../lib/text.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import { AGENT_ORDERS, type AgentListQuery } from './contract.ts';
import { formatAgent, formatWritten } from './mapping.ts';

type List = Services['agents']['list'];
type Filter = Parameters<List>[1];
type Order = Parameters<List>[2];

export function parseFilter({ search, isActive, agentIds, createdAfter }: AgentListQuery): Filter {
  return {
    ...(search && { search }),
    ...(isActive !== undefined && { status: isActive ? ['active'] : ['paused', 'archived'] }),
    ...(agentIds !== undefined && { ids: String(agentIds).toLowerCase().split(',') }),
    ...(createdAfter && { createdAfter: timeOf(createdAfter) }),
  };
}

function timeOf(value: string): string {
  if (!/^\d{4}-\d{2}-\d{2}/.test(value) || !isStorableTime(value))
    throw invalidAt('createdAfter', 'must be a date or a time like 2026-05-01T09:00:00Z', 'format');
  return new Date(value).toISOString();
}

export function parseOrder({ sort = 'createdAt:desc' }: AgentListQuery): Order {
  const [field, direction] = sort.split(':') as [keyof typeof AGENT_ORDERS, Order['direction']];
  return { by: AGENT_ORDERS[field], direction };
}

/** Reads the sub-agents of a whole page at once, and only when the client asked for them. */
export const referencesOfList = ({ includeSubAgents }: AgentListQuery): Parameters<List>[4] =>
  includeSubAgents
    ? (agents) => ({ agentIds: agents.flatMap(({ document }) => referencedIds(document).agentIds) })
    : undefined;

export const formatListed =
  ({ includeSubAgents }: AgentListQuery) =>
  (view: View): JsonObject => ({
    ...formatAgent(view),
    ...(includeSubAgents && { subAgents: formatWritten(view)['subAgents'] }),
  });
