/** What an agent may use in a conversation: its tools and its sub-agents, as a model is offered them. Pure. */
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

/** What an MCP server says of one of its tools. */
export interface ListedTool {
  name: string;
  description?: string;
  inputSchema?: JsonObject;
}

export interface OfferGiven {
  document: AgentDocument;
  channel: Channel;
  /** The workspace's tools that the document names, by id or by name; others do no harm. */
  tools: readonly Tool[];
  /** The agents it can hand over to. One that is not here, or not active, is not offered. */
  agents: ReadonlyMap<string, Pick<Agent, 'document'>>;
  /** What the MCP servers among the tools have answered, by the tool's id; one without an answer is left out. */
  listed?: ReadonlyMap<string, readonly ListedTool[]>;
}

export interface Offer {
  tools: OfferedTool[];
  afterwards: OfferedTool[];
}

export const TRANSFER_BACK = 'transfer_back';

type Draft = Omit<OfferedTool, 'name'> & { wanted: string };

export function offeredTools(given: OfferGiven): Offer {
  const { document, channel } = given;
  const kind = isSpoken(channel) ? 'voice' : 'text';
  const attached = (scope: ToolAttachment['channels'][number]) =>
    document.tools.filter(({ channels }) => channels.includes(scope)).flatMap((one) => draftsOf(one, given));
  const own = attached(kind).filter((draft) => isSpoken(channel) || !needsVoice(draft));
  return {
    tools: named([
      ...own,
      ...document.subAgents.flatMap((child) => handOver(child, given)),
      ...(own.some(putsThrough) ? [] : escalation(given)),
    ]),
    // Nobody is left to hand over to, and nothing left to end.
    afterwards: named(
      attached('post-call').filter((draft) => draft.source !== 'handoff' && draft.builtin !== 'end_conversation'),
    ),
  };
}

const needsVoice = ({ builtin }: Draft): boolean => builtin !== undefined && (builtinTool(builtin)?.spoken ?? false);

const putsThrough = ({ builtin }: Draft): boolean => builtin === 'cold_transfer' || builtin === 'warm_transfer';

/**
 * Who says where a person is to be reached wants callers to reach them: that takes no attaching. Whoever attaches a tool
 * all the same says how it is done.
 */
function escalation({ document, channel }: OfferGiven): Draft[] {
  if (channel !== 'phone' || document.telephony.transferNumber === undefined) return [];
  return [builtin('cold_transfer', 'cold_transfer', {}, TO_A_PERSON)];
}

const TO_A_PERSON = 'Transfers the call to a person, for whoever wants to speak or talk to a human agent.';

function named(drafts: readonly Draft[]): OfferedTool[] {
  const taken = new Set([TRANSFER_BACK]);
  return drafts.map(({ wanted, ...draft }) => {
    const name = toolName(wanted, taken);
    taken.add(name);
    return { name, ...draft };
  });
}

/** An attachment is one tool, except where it is a server full of them, or a list of agents to hand over to. */
function draftsOf(attachment: ToolAttachment, given: OfferGiven): Draft[] {
  const tool = given.tools.find(({ id, spec }) =>
    attachment.toolId === undefined ? spec.name === attachment.name : id === attachment.toolId,
  );
  if (tool) return ofWorkspace(tool, attachment, given);
  const { name, config, description } = attachment;
  // A tool that was deleted since is nothing that could be called.
  if (name === undefined) return [];
  if (name === AGENT_TRANSFER) return transfers(attachment, given);
  return [builtin(name, name, config, description)];
}

function ofWorkspace({ id, spec }: Tool, { config, description }: ToolAttachment, given: OfferGiven): Draft[] {
  const shared = { toolId: id, config, spec };
  if (spec.kind === 'mcp')
    return (given.listed?.get(id) ?? []).map((remote) => ({
      ...shared,
      wanted: remote.name,
      remoteName: remote.name,
      description: remote.description ?? '',
      inputSchema: objectSchema(remote.inputSchema),
      source: 'mcp',
    }));
  const about = description ?? textOrNothing(spec.description);
  if (isFunction(spec)) {
    const called = textOrNothing(spec.function?.['functionName']) ?? textOrNothing(spec.function?.['name']);
    const draft = builtin(spec.name, called ?? spec.name, config, about);
    return [{ ...draft, ...shared, ...(spec.inputSchema && { inputSchema: objectSchema(spec.inputSchema) }) }];
  }
  const described = [about, answerOf(spec)].filter(Boolean).join('\n');
  return [{ ...shared, wanted: spec.name, description: described, inputSchema: inputSchemaOf(spec), source: 'http' }];
}

const MAX_SCHEMA = 4000;

/** What to expect, where that was said and is no longer than it is useful. */
function answerOf({ responseSchema = {} }: ToolSpec): string {
  const text = JSON.stringify(responseSchema);
  return text === '{}' || text.length > MAX_SCHEMA ? '' : `Its answer has this JSON Schema: ${text}`;
}

const isFunction = ({ kind, http }: ToolSpec): boolean =>
  kind === 'function' || (kind === undefined && http === undefined);

/** One that nobody knows is offered all the same: whoever configured it is told so when it is called. */
function builtin(wanted: string, called: string, config: JsonObject, about: string | undefined): Draft {
  const known = builtinTool(called);
  return {
    wanted,
    builtin: known?.name ?? called,
    description: about ?? known?.description ?? '',
    inputSchema: known?.inputSchema ?? objectSchema(undefined),
    source: 'builtin',
    config,
  };
}

const INPUT_OF_TRANSFER: JsonObject = {
  type: 'object',
  properties: { reason: { type: 'string', description: 'What the other agent should know.' } },
};

function handOver(child: SubAgent, given: OfferGiven): Draft[] {
  const { slug, agentId, handoff, inputSchema } = child;
  const agent = available(agentId, given);
  if (!agent) return [];
  const about = textOrNothing(agent.description) ?? textOrNothing(agent.role) ?? '';
  return [
    {
      wanted: `transfer_to_${slug}`,
      description: `Hands the conversation over to ${agent.name}. ${about}`.trim(),
      inputSchema: inputSchema ? objectSchema(inputSchema) : INPUT_OF_TRANSFER,
      source: 'handoff',
      config: { ...(handoff && { handoff }) },
      agentId,
    },
  ];
}

function transfers(attachment: ToolAttachment, given: OfferGiven): Draft[] {
  return transferTargets(attachment).flatMap((target) => {
    const agent = available(target.agentId, given);
    if (!agent) return [];
    return [
      {
        wanted: `transfer_to_${target.key ?? agent.name}`,
        description: `Hands the conversation over to ${agent.name}. ${target.when ?? ''}`.trim(),
        inputSchema: INPUT_OF_TRANSFER,
        source: 'handoff',
        config: {},
        agentId: target.agentId,
      },
    ];
  });
}

function available(agentId: string, { agents, channel }: OfferGiven): AgentDocument | undefined {
  const document = agents.get(agentId)?.document;
  if (document?.status !== 'active') return undefined;
  return isSpoken(channel) && !document.voiceEnabled ? undefined : document;
}

/** Whom an agent can hand over to, and as which of their profiles where that was said. Each agent once. */
export function handoffTargets(document: AgentDocument): { agentId: string; profileId?: string }[] {
  const all: { agentId: string; profileId?: string }[] = [
    ...document.subAgents.map(({ agentId }) => ({ agentId })),
    ...document.tools
      .flatMap(transferTargets)
      .map(({ agentId, profileId }) => ({ agentId, ...(profileId && { profileId }) })),
  ];
  return [...new Map(all.map((one) => [one.agentId, one] as const)).values()];
}

/** The workspace's tools that a document points at: most by id, some by name alone. */
export function wantedTools(document: AgentDocument): { ids: string[]; names: string[] } {
  const names = document.tools.flatMap(({ toolId, name }) => (toolId === undefined && name ? [name] : []));
  return {
    ids: [...new Set(document.tools.flatMap(({ toolId }) => toolId ?? []))],
    names: [...new Set(names.filter((name) => name !== AGENT_TRANSFER && !builtinTool(name)))],
  };
}

/** What whoever is speaking may use now: their own tools, and the way back to an agent that they are a sub-agent of. */
export function toolsNow(state: ConversationState, { personas }: Snapshot, speaker: Persona): OfferedTool[] {
  const below = personas[state.stack.at(-2) ?? ''];
  const child = below?.document.subAgents.find(({ agentId }) => agentId === speaker.agentId);
  if (!below || !child) return speaker.tools;
  return [
    ...speaker.tools,
    {
      name: TRANSFER_BACK,
      description: `Gives the conversation back to ${below.name}, once your part of it is done or it needs somebody else.`,
      inputSchema: INPUT_OF_TRANSFER,
      source: 'handoff',
      config: { ...(child.handoff && { handoff: child.handoff }), back: true },
      agentId: below.agentId,
    },
  ];
}

/** What the other side is told when the conversation changes hands, where that was configured. */
export function handoffWords({ config }: OfferedTool): string | undefined {
  const { enabled, message, toChildMessage, toParentMessage } = objectOrNothing(config['handoff']);
  if (enabled === false) return undefined;
  return textOrNothing(config['back'] ? toParentMessage : toChildMessage) ?? textOrNothing(message);
}

/** A tool as it may be shown: without what its owner signs in with. */
export const shownTool = (tool: OfferedTool): OfferedTool =>
  tool.spec ? { ...tool, spec: maskedTool(tool.spec) } : tool;
