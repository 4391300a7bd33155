/** What the start of a conversation reads from the store: the contact, the agents for hand-offs, and their tools. */

import type { Agent } from '../agents/agent.ts';
import type { ContactInput } from '../contacts/contact.ts';
import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import type { Tool } from '../tools/tool.ts';
import type { Caller } from '../workspaces/caller.ts';
import { handoffTargets, type ListedTool, referencedTools } from './offer.ts';
import type { ToolRunner } from './ports.ts';
import type { StartRequest } from './start.ts';

const MAX_HANDOFF_DEPTH = 8;

/** Every active agent that the first one can hand off to, directly or through others; one query for each level. */
export async function reachableAgents({ store }: Context, first: Agent) {
  const others = new Map<string, Agent>();
  const profileIds = new Map<string, string>();
  let level = [first];
  for (let depth = 0; level.length > 0 && depth < MAX_HANDOFF_DEPTH; depth += 1) {
    const targets = level.flatMap(({ document }) => handoffTargets(document));
    const unread = targets.filter(({ agentId }) => agentId !== first.id && !others.has(agentId));
    for (const { agentId, profileId } of unread)
      if (profileId && !profileIds.has(agentId)) profileIds.set(agentId, profileId);
    const ids = [...new Set(unread.map(({ agentId }) => agentId))];
    if (ids.length === 0) break;
    const order = { by: 'createdAt', direction: 'asc' } as const;
    level = await store.agents.list(first.workspaceId, { ids, status: ['active'] }, order, { limit: ids.length });
    for (const agent of level) others.set(agent.id, agent);
  }
  return { others, profileIds };
}

/** The tools that the agents refer to, with what their MCP servers list. */
export async function toolsOf(
  { store }: Context,
  runner: Pick<ToolRunner, 'list'>,
  workspaceId: string,
  agents: readonly Agent[],
) {
  const references = agents.map(({ document }) => referencedTools(document));
  const ids = [...new Set(references.flatMap((one) => one.ids))];
  const names = [...new Set(references.flatMap((one) => one.names))];
  const [byId, byName] = await Promise.all([
    ids.length > 0 ? store.tools.getMany(workspaceId, ids) : [],
    names.length > 0 ? store.tools.findByNames(workspaceId, names) : [],
  ]);
  const tools = [...new Map([...byId, ...byName].map((tool) => [tool.id, tool])).values()];
  return { tools, ...(await listServers(runner, tools)) };
}

/** The conversation starts without the tools of a server that does not answer; a note in the snapshot says so. */
async function listServers(runner: Pick<ToolRunner, 'list'>, tools: readonly Tool[]) {
  const servers = tools.filter(({ spec }) => spec.kind === 'mcp');
  const answers = await Promise.all(servers.map((server) => runner.list?.(server)));
  const listed = new Map<string, readonly ListedTool[]>();
  const notes: string[] = [];
  for (const [i, { id, spec }] of servers.entries()) {
    const answer = answers[i];
    if (answer) listed.set(id, answer);
    else notes.push(`The MCP server ${spec.name} did not list its tools, so they are not offered.`);
  }
  return { listed, notes };
}

/** The contact of the conversation, by the id or the fields in the request. */
export async function startContact(ctx: Context, caller: Caller, contact: StartRequest['contact']) {
  if (contact === undefined) return null;
  if (!('id' in contact)) return contactFromFields(ctx, caller, contact);
  const found = await ctx.store.contacts.get(caller.workspaceId, contact.id);
  if (found) return { id: found.id, fields: found.fields };
  const issues = [{ path: 'contact.id', message: 'refers to a contact that does not exist', rule: 'reference' }];
  throw new Fault('unknown_reference', { issues });
}

/**
 * A contact with the same external id completes the fields of the request. A client without a key could name any
 * external id, so it receives nothing from stored contacts.
 */
async function contactFromFields({ store }: Context, { kind, workspaceId }: Caller, fields: ContactInput) {
  const { externalId } = fields;
  const stored =
    externalId && kind !== 'stranger' ? await store.contacts.getByExternalId(workspaceId, externalId) : undefined;
  return stored ? { id: stored.id, fields: { ...stored.fields, ...fields } } : { id: null, fields };
}
