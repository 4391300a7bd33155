/** Overrides of the first agent for one conversation. Pure. */
import type { Agent, ToolAttachment } from '../agents/agent.ts';
import { newProfile, type Profile } from '../agents/profile.ts';

/** Applied to every profile of the agent, since the profile is chosen later. */
export interface ProfileOverrides
  extends Partial<Pick<Profile, 'silenceTimeoutSeconds' | 'maxDurationSeconds' | 'recording' | 'inactivity'>> {
  voiceId?: string;
  interruptible?: boolean;
}

export interface AgentOverrides {
  profile?: ProfileOverrides;
  /** Attached in addition. A tool that is attached already only gets this `config`. */
  tools?: readonly ToolAttachment[];
}

/** The agent with the overrides applied; the agent itself does not change. */
export function applyOverrides(agent: Agent, { profile, tools }: AgentOverrides, at: string): Agent {
  if (!profile && !tools) return agent;
  const { document } = agent;
  const own = Object.values(document.profiles);
  const profiles = own.length > 0 || !profile ? own : [newProfile(agent.id, at, true)];
  return {
    ...agent,
    document: {
      ...document,
      profiles: Object.fromEntries(profiles.map((one) => [one.id, profile ? withOverrides(one, profile) : one])),
      tools: (tools ?? []).reduce(withAttachment, document.tools),
    },
  };
}

const withOverrides = (own: Profile, { voiceId, interruptible, ...rest }: ProfileOverrides): Profile => ({
  ...own,
  ...rest,
  voice: { ...own.voice, ...(voiceId !== undefined && { id: voiceId }) },
  greeting: { ...own.greeting, ...(interruptible !== undefined && { interruptible }) },
});

function withAttachment(tools: ToolAttachment[], added: ToolAttachment): ToolAttachment[] {
  const index = tools.findIndex(({ toolId, name }) =>
    added.toolId === undefined ? toolId === undefined && name === added.name : toolId === added.toolId,
  );
  return index < 0 ? [...tools, added] : tools.with(index, { ...tools[index]!, config: added.config });
}
