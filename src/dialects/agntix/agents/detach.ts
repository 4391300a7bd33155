/** The edits that detach tools, sub-agents and knowledge stores from an agent. */

import type { Agent } from '../../../agents/agent.ts';
import { type Edit, set, unset } from '../../../agents/change/edit.ts';
import { Fault } from '../../../faults.ts';
import { isObject } from '../../../lib/values.ts';
import { checkShape } from '../shared.ts';
import { DetachTools } from './contract.ts';

/** A body may name the store. A store that is not attached answers 404. */
export function detachStore({ document }: Agent, body: unknown): Edit[] {
  const requested = isObject(body) ? body['knowledgeStoreId'] : undefined;
  const attached = document.knowledge.corpusId;
  if (attached === undefined || (requested !== undefined && requested !== attached)) throw new Fault('invalid_id');
  return [unset('knowledge.corpusId')];
}

/** Keeps the attachments without an id: another API made them by name alone, and Agntix does not show them. */
export function detachTools({ document }: Agent, body: unknown): Edit[] {
  checkShape(DetachTools, body);
  const requested = (body as DetachTools).toolIds?.map((id) => id.toLowerCase());
  const isDetached = (id: string | undefined) => id !== undefined && (requested?.includes(id) ?? true);
  const remaining = document.tools.filter(({ toolId }) => !isDetached(toolId));
  return [set('tools', remaining)];
}

export function detachSubAgent({ document: { subAgents } }: Agent, handOffId: string): Edit[] {
  const remaining = subAgents.filter(({ id }) => id !== handOffId);
  if (remaining.length === subAgents.length) throw new Fault('invalid_id');
  return [set('subAgents', remaining)];
}
