/** Maps the tools attached to an agent. Custom tools are attached by id, built-in tools by name. */

import type { Agent, ToolAttachment } from '../../../agents/agent.ts';
import { type Edit, set } from '../../../agents/change/edit.ts';
import { AGENT_TRANSFER, type Target, transferTargets } from '../../../agents/transfers.ts';
import { type ReferenceIds, referencedIds, type View } from '../../../agents/view.ts';
import { Fault, type Issue } from '../../../faults.ts';
import { isObject, type JsonObject } from '../../../lib/values.ts';
import { CreateAgent } from '../agents/contract.ts';
import { checkShape, normalizeId, refuse } from '../shared.ts';
import * as contract from './contract.ts';

const CHANNELS = { 'voice:in-call': 'voice', 'voice:post-call': 'post-call', whatsapp: 'text' } as const;

/** The tools and agents to read with these agents: answers show tools by name, and new references must exist. */
export const referencesOf = (agents: readonly Agent[], attachments: unknown = []): ReferenceIds => {
  const sent = Array.isArray(attachments) ? attachments : [];
  return {
    toolIds: [
      ...agents.flatMap((agent) => referencedIds(agent.document).toolIds),
      ...sent.flatMap((body) => toolIdIn(body) ?? []),
    ],
    agentIds: sent.flatMap((body) => [
      ...transferTargetsIn(body).flatMap((target) => target?.agentId ?? []),
      ...callerIdsIn(body),
    ]),
  };
};

/** The targets of `agent_transfer`, in the order sent; `undefined` for an entry that names no agent. */
function transferTargetsIn(body: unknown): (Target | undefined)[] {
  if (!isObject(body) || body['tool_name'] !== AGENT_TRANSFER || !isObject(body['config'])) return [];
  const { targets } = body['config'];
  if (!Array.isArray(targets)) return [];
  return targets.map((target) => transferTargets({ name: AGENT_TRANSFER, config: { targets: [target] } })[0]);
}

/** The agent that `create_call` places its calls with, if the config names one. */
function callerIdsIn(body: unknown): string[] {
  if (!isObject(body) || body['tool_name'] !== 'create_call' || !isObject(body['config'])) return [];
  const { default_persona_id: id } = body['config'];
  return typeof id === 'string' ? [normalizeId(id)] : [];
}

const toolIdIn = (body: unknown): string | undefined =>
  isObject(body) && typeof body['tool_id'] === 'string' ? body['tool_id'].toLowerCase() : undefined;

const nameOf = ({ references }: View, { toolId, name }: ToolAttachment): string | undefined =>
  (toolId === undefined ? undefined : references.tools.get(toolId)?.spec.name) ?? name ?? toolId;

export function formatAttachment(view: View, tool: ToolAttachment): JsonObject {
  return {
    tool_name: nameOf(view, tool),
    channels: contract.CHANNELS.filter((channel) => tool.channels.includes(CHANNELS[channel])),
    config: tool.config,
    tool_id: tool.toolId ?? null,
  };
}

export function parseAttachments(sent: unknown, view: View): Edit[] {
  checkShape(CreateAgent.properties.tools, sent, 'tools');
  const bodies = sent as contract.AttachTool[];
  refuse(bodies.flatMap((body, i) => issuesOfAttachment(body, view, `tools.${i}.`)));
  return [set('tools', bodies.map(attachmentOf).reduce(attachTo(view), view.agent.document.tools))];
}

export function parseAttachment(body: JsonObject, view: View): Edit[] {
  checkShape(contract.AttachTool, body);
  refuse(issuesOfAttachment(body, view, ''));
  return [set('tools', attachTo(view)(view.agent.document.tools, attachmentOf(body as contract.AttachTool)))];
}

/** `key` is the id or the name of an attached tool. */
export function parseDetachment(key: string, view: View): Edit[] {
  const { tools } = view.agent.document;
  const rest = tools.filter((tool) => tool.toolId !== key.toLowerCase() && nameOf(view, tool) !== key);
  if (rest.length === tools.length) throw new Fault('tool_missing', { id: key });
  return [set('tools', rest)];
}

/** The attachment that a request has just created or replaced. */
export function attachmentIn(view: View, body: JsonObject): JsonObject {
  const attachment = attachmentOf(body as contract.AttachTool);
  return formatAttachment(view, view.agent.document.tools.find((tool) => isSameTool(view, tool, attachment))!);
}

/** Issues that need the references: unknown tools and agents, and channels that exclude each other. */
function issuesOfAttachment(body: JsonObject, view: View, prefix: string): Issue[] {
  const issues: Issue[] = [];
  const toolId = toolIdIn(body);
  if (toolId !== undefined && !view.references.tools.has(toolId))
    issues.push({ path: `${prefix}tool_id`, message: 'refers to a tool that does not exist', rule: 'reference' });
  issues.push(...unknownAgents(body, view, prefix));
  const channels = (body['channels'] as string[] | undefined) ?? [];
  if (channels.includes('voice:in-call') && channels.includes('voice:post-call'))
    issues.push({
      path: `${prefix}channels`,
      message: 'cannot have voice:in-call and voice:post-call at once',
      rule: 'not',
    });
  return issues;
}

function unknownAgents(body: JsonObject, { references }: View, prefix: string): Issue[] {
  const unknown = (path: string, what: string): Issue => ({
    path: `${prefix}config.${path}`,
    message: `refers to ${what} that does not exist`,
    rule: 'reference',
  });
  const ofTransfer = transferTargetsIn(body).flatMap((target, i) => {
    if (!target) return [];
    const agent = references.agents.get(target.agentId);
    if (!agent) return unknown(`targets.${i}.persona_id`, 'an agent');
    const isKnown = target.profileId === undefined || Object.hasOwn(agent.document.profiles, target.profileId);
    return isKnown ? [] : unknown(`targets.${i}.voice_config_id`, 'a voice configuration');
  });
  const ofCalls = callerIdsIn(body).filter((id) => !references.agents.has(id));
  return [...ofTransfer, ...ofCalls.map(() => unknown('default_persona_id', 'an agent'))];
}

/** An attachment stores the tool's id or its name, never both: the name of a custom tool can change. */
function attachmentOf(body: contract.AttachTool): ToolAttachment {
  const toolId = toolIdIn(body);
  const channels = body.channels ?? ['voice:in-call'];
  return {
    ...(toolId === undefined ? { name: body.tool_name } : { toolId }),
    channels: channels.map((channel) => CHANNELS[channel]),
    config: body.config ?? {},
  };
}

/** Attaching a tool again replaces its attachment and keeps its position in the list. */
const attachTo =
  (view: View) =>
  (tools: ToolAttachment[], attachment: ToolAttachment): ToolAttachment[] => {
    const index = tools.findIndex((tool) => isSameTool(view, tool, attachment));
    if (index < 0) return [...tools, attachment];
    const { name, toolId, ...rest } = { ...tools[index], ...attachment };
    const key = toolId === undefined ? { ...(name !== undefined && { name }) } : { toolId };
    return tools.with(index, { ...key, ...rest });
  };

/** A custom tool may be attached by its name; an attachment by its id is then the same one. */
const isSameTool = (view: View, a: ToolAttachment, b: ToolAttachment): boolean =>
  a.toolId !== undefined && b.toolId !== undefined ? a.toolId === b.toolId : nameOf(view, a) === nameOf(view, b);
