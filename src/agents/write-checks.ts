/** The checks of a new or changed agent: its rules, the records that it refers to, and names that must be unique. */
import type { Context } from '../context.ts';
import { Fault, type Issue, invalid } from '../faults.ts';
import { type AgentDocument, newDocument, type ToolAttachment } from './agent.ts';
import { loadReferences } from './references.ts';
import { checkAgent } from './rules.ts';
import { transferTargets } from './transfers.ts';
import { referencedIds } from './view.ts';

const MAX_HAND_OFF_DEPTH = 8;
/** The groups of a document that hold references to other records. */
const REFERRING_GROUPS = ['avatar', 'telephony', 'tools', 'subAgents'] as const;

/** Throws the issues of a document. `before` is the stored document that it changes; undefined for a new agent. */
export async function requireValid(
  ctx: Context,
  workspaceId: string,
  agentId: string,
  before: AgentDocument | undefined,
  after: AgentDocument,
): Promise<void> {
  const issues = checkAgent(after, before);
  if (issues.length > 0) throw invalid(issues);
  const old = before ?? newDocument('');
  // Most updates change none of these, and then need no lookup.
  if (REFERRING_GROUPS.every((group) => old[group] === after[group])) return;
  const missing = await missingReferences(ctx, workspaceId, old, after);
  if (missing.length > 0) throw new Fault('unknown_reference', { issues: missing });
  if (old.subAgents !== after.subAgents) await refuseCycles(ctx, workspaceId, agentId, after);
}

const added = <T>(before: readonly T[], after: readonly T[]): T[] => after.filter((item) => !before.includes(item));

/** The references that the update adds and that lead to no record of the workspace. */
async function missingReferences(
  ctx: Context,
  workspaceId: string,
  before: AgentDocument,
  after: AgentDocument,
): Promise<Issue[]> {
  const [old, fresh] = [referencedIds(before), referencedIds(after)];
  const ids = {
    avatarIds: added([old.avatarId], [fresh.avatarId]).filter((id) => id !== undefined),
    phoneNumberIds: added([old.callerNumberId], [fresh.callerNumberId]).filter((id) => id !== undefined),
    toolIds: added(old.toolIds, fresh.toolIds),
    agentIds: added(old.agentIds, fresh.agentIds),
  };
  const transferIds = added(old.transferIds, fresh.transferIds);
  const found = await loadReferences(ctx, workspaceId, [], { ...ids, agentIds: [...ids.agentIds, ...transferIds] });
  const transfersTo = (id: string) => (tool: ToolAttachment) =>
    transferTargets(tool).some(({ agentId }) => agentId === id);
  const toolIndex = (id: string) => after.tools.findIndex((tool) => tool.toolId === id);
  const subAgentIndex = (id: string) => after.subAgents.findIndex((child) => child.agentId === id);
  const transferIndex = (id: string) => after.tools.findIndex(transfersTo(id));
  return [
    ...missingFrom(found.avatars, ids.avatarIds, 'an avatar', () => 'avatar.id'),
    ...missingFrom(found.phoneNumbers, ids.phoneNumberIds, 'a phone number', () => 'telephony.callerNumberId'),
    ...missingFrom(found.tools, ids.toolIds, 'a tool', (id) => `tools.${toolIndex(id)}`),
    ...missingFrom(found.agents, ids.agentIds, 'an agent', (id) => `subAgents.${subAgentIndex(id)}`),
    ...missingFrom(found.agents, transferIds, 'an agent', (id) => `tools.${transferIndex(id)}.config.targets`),
  ];
}

const missingFrom = (
  found: ReadonlyMap<string, unknown>,
  ids: readonly string[],
  kind: string,
  pathOf: (id: string) => string,
): Issue[] =>
  ids
    .filter((id) => !found.has(id))
    .map((id) => ({ path: pathOf(id), message: `refers to ${kind} that does not exist`, rule: 'reference' }));

/** Refuses sub-agents that lead back to the agent. Each level of sub-agents costs one query. */
async function refuseCycles(
  ctx: Context,
  workspaceId: string,
  agentId: string,
  document: AgentDocument,
): Promise<void> {
  let level = referencedIds(document).agentIds;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (level.includes(agentId)) refuseSubAgents('must not lead back to the agent itself');
    if (depth >= MAX_HAND_OFF_DEPTH) refuseSubAgents(`must not be nested deeper than ${MAX_HAND_OFF_DEPTH} levels`);
    const { agents } = await loadReferences(ctx, workspaceId, [], { agentIds: level });
    level = [...agents.values()].flatMap((agent) => referencedIds(agent.document).agentIds);
  }
}

function refuseSubAgents(message: string): never {
  throw invalid([{ path: 'subAgents', message, rule: 'cycle' }]);
}

/** Refuses a name that another agent of the workspace has, for dialects that keep names unique. */
export async function refuseTakenName(
  { store }: Pick<Context, 'store'>,
  workspaceId: string,
  name: string,
  exceptId?: string,
): Promise<void> {
  if (await store.agents.isNameTaken(workspaceId, name, exceptId)) throw nameTaken();
}

export const nameTaken = (): Fault =>
  new Fault('name_taken', { issues: [{ path: 'name', message: 'is already taken', rule: 'unique' }] });
