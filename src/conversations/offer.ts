/**
 * Which tools the model is offered: the tools attached to the agent, and hand-offs to other agents. Names are made
 * unique, and everything that an agent may use is decided once, when the conversation starts. Pure.
 */
import type { Agent, AgentDocument, SubAgent, ToolAttachment } from '../agents/agent.ts';
import { AGENT_TRANSFER, transferTargets } from '../agents/transfers.ts';
import type { JsonObject } from '../lib/values.ts';
import { maskedTool } from '../tools/secrets.ts';
import type { Tool, ToolSpec } from '../tools/tool.ts';
import { builtinTool } from './builtin-tools.ts';
import {
  type Channel,
  type ConversationState,
  isSpoken,
  type OfferedTool,
  type Persona,
  type Snapshot,
} from './conversation.ts';
import { inputSchemaOf, objectOrNothing, objectSchema, textOrNothing, toolName } from './tool-input.ts';

/** A tool as an MCP server lists it. */
export interface ListedTool {
  name: string;
  description?: string;
  inputSchema?: JsonObject;
}

export interface OfferInput {
  document: AgentDocument;
  channel: Channel;
  /** The workspace's tools that the document refers to, by id or by name; others are ignored. */
  tools: readonly Tool[];
  /** The agents that it may hand off to, by id. An agent that is missing or not active is not offered. */
  agents: ReadonlyMap<string, Pick<Agent, 'document'>>;
  /** The tools that each MCP server listed, by the server's tool id. A server that is missing offers nothing. */
  listed?: ReadonlyMap<string, readonly ListedTool[]>;
}

export interface Offer {
  /** Offered during the conversation. */
  tools: OfferedTool[];
  /** Run after it has ended. */
  afterwards: OfferedTool[];
}

/** The tool that returns the conversation to the agent below on the stack. No other tool may have this name. */
export const TRANSFER_BACK = 'transfer_back';

/** A tool without its final name: `preferredName` may be taken already, or hold characters that models refuse. */
type Draft = Omit<OfferedTool, 'name'> & { preferredName: string };

export function offeredTools(input: OfferInput): Offer {
  const { document, channel } = input;
  const attachedTo = (scope: ToolAttachment['channels'][number]) =>
    document.tools.filter(({ channels }) => channels.includes(scope)).flatMap((one) => draftsOf(one, input));
  const attached = isSpoken(channel) ? attachedTo('voice') : attachedTo('text').filter((draft) => !needsCall(draft));
  return {
    tools: withUniqueNames([
      ...attached,
      ...document.subAgents.flatMap((subAgent) => subAgentHandoff(subAgent, input)),
      ...(attached.some(isCallTransfer) ? [] : impliedTransfer(input)),
    ]),
    afterwards: withUniqueNames(attachedTo('post-call').filter(worksAfterEnd)),
  };
}

const needsCall = ({ builtin }: Draft): boolean => builtin !== undefined && (builtinTool(builtin)?.spoken ?? false);

const isCallTransfer = ({ builtin }: Draft): boolean => builtin === 'cold_transfer' || builtin === 'warm_transfer';

/** After the end there is no conversation to hand off or to end. */
const worksAfterEnd = ({ source, builtin }: Draft): boolean => source !== 'handoff' && builtin !== 'end_conversation';

const TO_A_PERSON = 'Transfers the call to a person, for callers who want to speak or talk to a human agent.';

/** On calls, a transfer number is enough to offer a transfer. An attached transfer tool takes its place. */
function impliedTransfer({ document, channel }: OfferInput): Draft[] {
  if (channel !== 'phone' || document.telephony.transferNumber === undefined) return [];
  return [builtinDraft('cold_transfer', 'cold_transfer', {}, TO_A_PERSON)];
}

function withUniqueNames(drafts: readonly Draft[]): OfferedTool[] {
  const taken = new Set([TRANSFER_BACK]);
  return drafts.map(({ preferredName, ...draft }) => {
    const name = toolName(preferredName, taken);
    taken.add(name);
    return { name, ...draft };
  });
}

/** One tool for most attachments; several for an MCP server and for a list of transfer targets. */
function draftsOf(attachment: ToolAttachment, input: OfferInput): Draft[] {
  const tool = input.tools.find(({ id, spec }) =>
    attachment.toolId === undefined ? spec.name === attachment.name : id === attachment.toolId,
  );
  if (tool) return workspaceToolDrafts(tool, attachment, input);
  const { name, config, description } = attachment;
  // The attachment refers to a tool by id, and that tool has been deleted.
  if (name === undefined) return [];
  if (name === AGENT_TRANSFER) return transferHandoffs(attachment, input);
  return [builtinDraft(name, name, config, description)];
}

function workspaceToolDrafts({ id, spec }: Tool, attachment: ToolAttachment, { listed }: OfferInput): Draft[] {
  const { config } = attachment;
  const shared = { toolId: id, config, spec };
  if (spec.kind === 'mcp')
    return (listed?.get(id) ?? []).map((remote) => ({
      ...shared,
      preferredName: remote.name,
      remoteName: remote.name,
      description: remote.description ?? '',
      inputSchema: objectSchema(remote.inputSchema),
      source: 'mcp',
    }));
  const description = attachment.description ?? textOrNothing(spec.description);
  if (isFunction(spec)) {
    const builtin = textOrNothing(spec.function?.['functionName']) ?? textOrNothing(spec.function?.['name']);
    const draft = builtinDraft(spec.name, builtin ?? spec.name, config, description);
    return [{ ...draft, ...shared, ...(spec.inputSchema && { inputSchema: objectSchema(spec.inputSchema) }) }];
  }
  return [
    {
      ...shared,
      preferredName: spec.name,
      description: [description, responseSentence(spec)].filter(Boolean).join('\n'),
      inputSchema: inputSchemaOf(spec),
      source: 'http',
    },
  ];
}

const MAX_SCHEMA_CHARACTERS = 4000;

/** Tells the model the shape of the response, unless the schema is so long that it costs more than it helps. */
function responseSentence({ responseSchema = {} }: ToolSpec): string {
  const text = JSON.stringify(responseSchema);
  return text === '{}' || text.length > MAX_SCHEMA_CHARACTERS ? '' : `Its answer has this JSON Schema: ${text}`;
}

const isFunction = ({ kind, http }: ToolSpec): boolean =>
  kind === 'function' || (kind === undefined && http === undefined);

/** An unknown built-in is offered too: its call fails with a sentence, so that the operator notices the wrong name. */
function builtinDraft(
  preferredName: string,
  builtinName: string,
  config: JsonObject,
  description: string | undefined,
): Draft {
  const known = builtinTool(builtinName);
  return {
    preferredName,
    builtin: known?.name ?? builtinName,
    description: description ?? known?.description ?? '',
    inputSchema: known?.inputSchema ?? objectSchema(undefined),
    source: 'builtin',
    config,
  };
}

const HANDOFF_INPUT: JsonObject = {
  type: 'object',
  properties: { reason: { type: 'string', description: 'What the other agent should know.' } },
};

function subAgentHandoff({ slug, agentId, handoff, inputSchema }: SubAgent, input: OfferInput): Draft[] {
  const agent = availableAgent(agentId, input);
  if (!agent) return [];
  const about = textOrNothing(agent.description) ?? textOrNothing(agent.role) ?? '';
  return [
    {
      preferredName: `transfer_to_${slug}`,
      description: `Hands the conversation over to ${agent.name}. ${about}`.trim(),
      inputSchema: inputSchema ? objectSchema(inputSchema) : HANDOFF_INPUT,
      source: 'handoff',
      config: { ...(handoff && { handoff }) },
      agentId,
    },
  ];
}

function transferHandoffs(attachment: ToolAttachment, input: OfferInput): Draft[] {
  return transferTargets(attachment).flatMap((target): Draft[] => {
    const agent = availableAgent(target.agentId, input);
    if (!agent) return [];
    return [
      {
        preferredName: `transfer_to_${target.key ?? agent.name}`,
        description: `Hands the conversation over to ${agent.name}. ${target.when ?? ''}`.trim(),
        inputSchema: HANDOFF_INPUT,
        source: 'handoff',
        config: {},
        agentId: target.agentId,
      },
    ];
  });
}

/** The agent's document where it is active and, on a spoken channel, has its voice enabled. */
function availableAgent(agentId: string, { agents, channel }: OfferInput): AgentDocument | undefined {
  const document = agents.get(agentId)?.document;
  if (document?.status !== 'active') return undefined;
  return isSpoken(channel) && !document.voiceEnabled ? undefined : document;
}

/** The agents that a document may hand off to, each once, with the profile that a transfer target names. */
export function handoffTargets(document: AgentDocument): { agentId: string; profileId?: string }[] {
  const all: { agentId: string; profileId?: string }[] = [
    ...document.subAgents.map(({ agentId }) => ({ agentId })),
    ...document.tools
      .flatMap(transferTargets)
      .map(({ agentId, profileId }) => ({ agentId, ...(profileId && { profileId }) })),
  ];
  return [...new Map(all.map((one) => [one.agentId, one] as const)).values()];
}

/** The workspace's tools that a document refers to: most by id, some by name alone. */
export function referencedTools(document: AgentDocument): { ids: string[]; names: string[] } {
  const names = document.tools.flatMap(({ toolId, name }) => (toolId === undefined && name ? [name] : []));
  return {
    ids: [...new Set(document.tools.flatMap(({ toolId }) => toolId ?? []))],
    names: [...new Set(names.filter((name) => name !== AGENT_TRANSFER && !builtinTool(name)))],
  };
}

/** The tools that the speaker may use now: its own and, for a sub-agent, the way back to its parent. */
export function availableTools({ stack }: ConversationState, { personas }: Snapshot, speaker: Persona): OfferedTool[] {
  const parent = personas[stack.at(-2) ?? ''];
  const subAgent = parent?.document.subAgents.find(({ agentId }) => agentId === speaker.agentId);
  if (!parent || !subAgent) return speaker.tools;
  return [
    ...speaker.tools,
    {
      name: TRANSFER_BACK,
      description: `Gives the conversation back to ${parent.name}, once your part of it is done or another agent should continue.`,
      inputSchema: HANDOFF_INPUT,
      source: 'handoff',
      config: { ...(subAgent.handoff && { handoff: subAgent.handoff }), back: true },
      agentId: parent.agentId,
    },
  ];
}

/** The announcement that the contact receives on a hand-off, where one is configured and enabled. */
export function handoffAnnouncement({ config }: OfferedTool): string | undefined {
  const { enabled, message, toChildMessage, toParentMessage } = objectOrNothing(config['handoff']);
  if (enabled === false) return undefined;
  return textOrNothing(config['back'] ? toParentMessage : toChildMessage) ?? textOrNothing(message);
}

/** The tool with its secrets masked, for answers of the API. */
export const maskedOffer = (tool: OfferedTool): OfferedTool =>
  tool.spec ? { ...tool, spec: maskedTool(tool.spec) } : tool;
