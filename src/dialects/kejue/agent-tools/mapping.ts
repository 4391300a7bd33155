/** Tools attached to an agent: the workspace's own by id, built-in ones by name. */

import type { Agent, ToolAttachment } from '../../../agents/agent.ts';
import { type Edit, set } from '../../../agents/change/edit.ts';
import { AGENT_TRANSFER, type Target, transferTargets } from '../../../agents/transfers.ts';
import { mentionedIds, type ReferenceIds, type View } from '../../../agents/view.ts';
import { Fault, type Issue, invalid } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import { isObject, type JsonObject } from '../../../lib/values.ts';
import * as contract from '../agents/contract.ts';
import { named } from '../shared.ts';

const CHANNELS = { 'voice:in-call': 'voice', 'voice:post-call': 'post-call', whatsapp: 'text' } as const;

/** Attached tools are shown by name, and named ones must exist: both are looked up with the agents. */
export const wants = (agents: readonly Agent[], attachments: unknown = []): ReferenceIds => ({
  toolIds: [
    ...agents.flatMap((agent) => mentionedIds(agent.document).toolIds),
    ...(Array.isArray(attachments) ? attachments : []).flatMap((sent) => toolIdOf(sent) ?? []),
  ],
  agentIds: (Array.isArray(attachments) ? attachments : []).flatMap((sent) => [
    ...leadingTo(sent).flatMap((target) => target?.agentId ?? []),
    ...callingFor(sent),
  ]),
});

/** The agents that a transfer names, each in its place. */
function leadingTo(sent: unknown): (Target | undefined)[] {
  if (!isObject(sent) || sent['tool_name'] !== AGENT_TRANSFER || !isObject(sent['config'])) return [];
  const { targets } = sent['config'];
  if (!Array.isArray(targets)) return [];
  return targets.map((target) => transferTargets({ name: AGENT_TRANSFER, config: { targets: [target] } })[0]);
}

/** The agent that `create_call` calls as, where it names one. */
function callingFor(sent: unknown): string[] {
  if (!isObject(sent) || sent['tool_name'] !== 'create_call' || !isObject(sent['config'])) return [];
  const { default_persona_id: id } = sent['config'];
  return typeof id === 'string' ? [named(id)] : [];
}

const toolIdOf = (sent: unknown): string | undefined =>
  isObject(sent) && typeof sent['tool_id'] === 'string' ? sent['tool_id'].toLowerCase() : undefined;

const nameIn = ({ references }: View, { toolId, name }: ToolAttachment): string | undefined =>
  (toolId === undefined ? undefined : references.tools.get(toolId)?.spec.name) ?? name ?? toolId;

export function formatTool(view: View, tool: ToolAttachment): JsonObject {
  return {
    tool_name: nameIn(view, tool),
    channels: contract.CHANNELS.filter((channel) => tool.channels.includes(CHANNELS[channel])),
    config: tool.config,
    tool_id: tool.toolId ?? null,
  };
}

export function parseAttachments(sent: unknown, view: View): Edit[] {
  const wrong = issuesOf(contract.CreateAgent.properties.tools, sent, 'tools');
  if (wrong.length > 0) throw invalid(wrong);
  const bodies = sent as JsonObject[];
  const issues = bodies.flatMap((body, i) => doNotCall(body, view, `tools.${i}.`));
  if (issues.length > 0) throw invalid(issues);
  return [set('tools', bodies.map(attachmentOf).reduce(attachedIn(view), view.agent.document.tools))];
}

export function parseAttachment(body: JsonObject, view: View): Edit[] {
  const wrong = issuesOf(contract.AttachTool, body);
  const issues = wrong.length > 0 ? wrong : doNotCall(body, view, '');
  if (issues.length > 0) throw invalid(issues);
  return [set('tools', attachedIn(view)(view.agent.document.tools, attachmentOf(body)))];
}

export function parseDetachment(key: string, view: View): Edit[] {
  const { tools } = view.agent.document;
  const rest = tools.filter((tool) => !isCalled(view, tool, key));
  if (rest.length === tools.length) throw new Fault('tool_missing', { id: key });
  return [set('tools', rest)];
}

/** What was just attached, as it stands now. */
export function attachmentIn(view: View, body: JsonObject): JsonObject {
  const wanted = attachmentOf(body);
  return formatTool(view, view.agent.document.tools.find((tool) => isSame(view, tool, wanted))!);
}

function doNotCall(body: JsonObject, { references }: View, prefix: string): Issue[] {
  const issues: Issue[] = [];
  const toolId = toolIdOf(body);
  if (toolId !== undefined && !references.tools.has(toolId))
    issues.push({ path: `${prefix}tool_id`, message: 'refers to a tool that does not exist', rule: 'reference' });
  const unknown = (path: string, what: string) =>
    issues.push({
      path: `${prefix}config.${path}`,
      message: `refers to ${what} that does not exist`,
      rule: 'reference',
    });
  for (const [i, target] of leadingTo(body).entries()) {
    if (!target) continue;
    const agent = references.agents.get(target.agentId);
    if (!agent) unknown(`targets.${i}.persona_id`, 'an agent');
    else if (target.profileId !== undefined && !Object.hasOwn(agent.document.profiles, target.profileId))
      unknown(`targets.${i}.voice_config_id`, 'a voice configuration');
  }
  for (const id of callingFor(body)) if (!references.agents.has(id)) unknown('default_persona_id', 'an agent');
  const channels = (body['channels'] as string[] | undefined) ?? [];
  if (channels.includes('voice:in-call') && channels.includes('voice:post-call'))
    issues.push({
      path: `${prefix}channels`,
      message: 'cannot have voice:in-call and voice:post-call at once',
      rule: 'not',
    });
  return issues;
}

/** Where there is an id, the tool itself knows its name. */
function attachmentOf(body: JsonObject): ToolAttachment {
  const toolId = toolIdOf(body);
  const channels = (body['channels'] as (typeof contract.CHANNELS)[number][] | undefined) ?? ['voice:in-call'];
  return {
    ...(toolId === undefined ? { name: String(body['tool_name']) } : { toolId }),
    channels: channels.map((channel) => CHANNELS[channel]),
    config: (body['config'] as JsonObject | undefined) ?? {},
  };
}

/** Attaching again replaces what was said the first time, in its place. */
const attachedIn =
  (view: View) =>
  (tools: ToolAttachment[], fresh: ToolAttachment): ToolAttachment[] => {
    const place = tools.findIndex((tool) => isSame(view, tool, fresh));
    if (place < 0) return [...tools, fresh];
    const { name, toolId, ...rest } = { ...tools[place], ...fresh };
    const known = toolId === undefined ? { ...(name !== undefined && { name }) } : { toolId };
    return tools.with(place, { ...known, ...rest });
  };

/** A tool of the workspace may be attached by its name alone, and is the same when it comes with its id. */
const isSame = (view: View, a: ToolAttachment, b: ToolAttachment): boolean =>
  a.toolId !== undefined && b.toolId !== undefined ? a.toolId === b.toolId : nameIn(view, a) === nameIn(view, b);

const isCalled = (view: View, tool: ToolAttachment, key: string): boolean =>
  tool.toolId === key.toLowerCase() || nameIn(view, tool) === key;
