/** Finds one agent by its id or by its number. */
import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import type { Agent } from './agent.ts';
import type { AgentRef } from './store.ts';

type Stores = Pick<Context, 'store'>;

/** The head of an agent. Throws `agent_foreign` for an agent of another workspace, `agent_missing` for none. */
export async function findAgent({ store }: Stores, workspaceId: string, ref: AgentRef): Promise<Agent> {
  const found = 'id' in ref ? store.agents.get(workspaceId, ref.id) : store.agents.getByNumber(workspaceId, ref.number);
  return (await found) ?? (await refuseMissing({ store }, ref));
}

/** Numbers are not looked up in other workspaces: a missing number is always `agent_missing`. */
export async function refuseMissing({ store }: Stores, ref: AgentRef): Promise<never> {
  const isForeign = 'id' in ref && (await store.agents.exists(ref.id));
  throw new Fault(isForeign ? 'agent_foreign' : 'agent_missing', { id: String('id' in ref ? ref.id : ref.number) });
}
