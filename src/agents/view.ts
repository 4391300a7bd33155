/** An agent together with the things it points at: all that a tongue needs to speak of it without asking again. */

import type { Avatar } from '../avatars/avatar.ts';
import type { Corpus } from '../knowledge/knowledge.ts';
import type { PhoneNumber } from '../phone-numbers/phone-number.ts';
import type { Tool } from '../tools/tool.ts';
import { type Agent, type AgentDocument, defaultProfile } from './agent.ts';
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

/** What a caller needs looked up before it can be understood. */
export interface ReferenceIds {
  avatarIds?: string[];
  avatarNumbers?: number[];
  toolIds?: string[];
  phoneNumberIds?: string[];
  corpusIds?: string[];
  agentIds?: string[];
}

export interface MentionedIds {
  avatarId: string | undefined;
  toolIds: string[];
  callerNumberId: string | undefined;
  agentIds: string[];
  /** Agents that a transfer leads to: unlike sub-agents, two may lead to each other. */
  transferIds: string[];
}

/** Everything outside itself that a document points at. */
export function mentionedIds(document: AgentDocument): MentionedIds {
  return {
    avatarId: document.avatar?.id,
    toolIds: document.tools.flatMap((tool) => (tool.toolId ? [tool.toolId] : [])),
    callerNumberId: document.telephony.callerNumberId,
    agentIds: document.subAgents.map((child) => child.agentId),
    transferIds: document.tools.flatMap((tool) => transferTargets(tool).map(({ agentId }) => agentId)),
  };
}

/** The voice that is spoken: the profile's own, else the one its avatar brings. */
export function spokenVoice(view: View, profileVoice: string | undefined): string | undefined {
  if (profileVoice !== undefined) return profileVoice;
  const avatarId = view.agent.document.avatar?.id;
  return (avatarId && view.references.avatars.get(avatarId)?.voiceId) || undefined;
}

export function spokenDefaultVoice(view: View): string | undefined {
  return spokenVoice(view, defaultProfile(view.agent.document)?.voice.id);
}

/** The address of the face that is shown: the agent's own, else its avatar's. */
export function faceUrl(view: View): string | undefined {
  const avatar = view.agent.document.avatar;
  if (!avatar) return undefined;
  return avatar.url ?? (avatar.id ? view.references.avatars.get(avatar.id)?.url : undefined);
}
