/** The edits that remove the references to a deleted record from an agent document. Pure. */
import type { AgentDocument } from '../agent.ts';
import { type Edit, set, unset } from './edit.ts';

export function editsRemovingReferences(document: AgentDocument, id: string): Edit[] {
  const edits: Edit[] = [];
  if (document.avatar?.id === id) edits.push(unset('avatar'));
  if (document.telephony.callerNumberId === id) edits.push(unset('telephony.callerNumberId'));
  const tools = document.tools.filter((tool) => tool.toolId !== id);
  if (tools.length < document.tools.length) edits.push(set('tools', tools));
  const children = document.subAgents.filter((child) => child.agentId !== id);
  if (children.length < document.subAgents.length) edits.push(set('subAgents', children));
  return edits;
}
