/** An agent with the records it refers to: everything a dialect needs to format it without another query. */

import type { Avatar } from '../avatars/avatar.ts';
import type { Corpus } from '../knowledge/knowledge.ts';
import type { PhoneNumber } from '../phone-numbers/phone-number.ts';
import type { Tool } from '../tools/tool.ts';
import type { Agent, AgentDocument } from './agent.ts';
import { transferTargets } from './transfers.ts';

export interface References {
  avatars: ReadonlyMap<string, Avatar>;
  avatarsByNumber: ReadonlyMap<number, Avatar>;
  tools: ReadonlyMap<string, Tool>;
  phoneNumbers: ReadonlyMap<string, PhoneNumber>;
  corpora: ReadonlyMap<string, Corpus>;
  /** Other agents of the workspace, for hand-offs. */
  agents: ReadonlyMap<string, Agent>;
}

export interface View {
  agent: Agent;
  references: References;
}

export const NO_REFERENCES: References = {
  avatars: new Map(),
  avatarsByNumber: new Map(),
  tools: new Map(),
  phoneNumbers: new Map(),
  corpora: new Map(),
  agents: new Map(),
};

/** The records to load besides the avatars of the agents. */
export interface ReferenceIds {
  avatarIds?: string[];
  avatarNumbers?: number[];
  toolIds?: string[];
  phoneNumberIds?: string[];
  corpusIds?: string[];
  agentIds?: string[];
}

export interface ReferencedIds {
  avatarId: string | undefined;
  toolIds: string[];
  callerNumberId: string | undefined;
  agentIds: string[];
  /** The targets of transfers. Unlike sub-agents, two agents may transfer to each other. */
  transferIds: string[];
}

/** The ids of all records that a document refers to. */
export function referencedIds(document: AgentDocument): ReferencedIds {
  return {
    avatarId: document.avatar?.id,
    toolIds: document.tools.flatMap((tool) => (tool.toolId ? [tool.toolId] : [])),
    callerNumberId: document.telephony.callerNumberId,
    agentIds: document.subAgents.map((child) => child.agentId),
    transferIds: document.tools.flatMap((tool) => transferTargets(tool).map(({ agentId }) => agentId)),
  };
}

/** The voice in effect: the profile's, else the avatar's. */
export function voiceInEffect(view: View, profileVoice: string | undefined): string | undefined {
  if (profileVoice !== undefined) return profileVoice;
  const avatarId = view.agent.document.avatar?.id;
  return (avatarId && view.references.avatars.get(avatarId)?.voiceId) || undefined;
}

/** The URL of the agent's picture: its own, else its avatar's. */
export function avatarUrl(view: View): string | undefined {
  const avatar = view.agent.document.avatar;
  if (!avatar) return undefined;
  return avatar.url ?? (avatar.id ? view.references.avatars.get(avatar.id)?.url : undefined);
}
