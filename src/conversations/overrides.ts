/** What is said for one conversation alone, laid over the agent that it begins with. Pure. */
import type { Agent, ToolAttachment } from '../agents/agent.ts';
import { newProfile, type Profile } from '../agents/profile.ts';

/** In whichever of the agent's profiles speaks. */
export interface ProfileOverrides
  extends Partial<Pick<Profile, 'silenceTimeoutSeconds' | 'maxDurationSeconds' | 'recording' | 'inactivity'>> {
  voiceId?: string;
  interruptible?: boolean;
}

export interface AgentOverrides {
  profile?: ProfileOverrides;
  /** Offered as well; what is attached already gets this configuration instead of its own. */
  tools?: readonly ToolAttachment[];
}

/** The agent as it is in this conversation, and nowhere else. */
export function overruled(agent: Agent, { profile, tools }: AgentOverrides, at: string): Agent {
  if (!profile && !tools) return agent;
  const { document } = agent;
  const own = Object.values(document.profiles);
  const profiles = own.length > 0 || !profile ? own : [newProfile(agent.id, at, true)];
  return {
    ...agent,
    document: {
      ...document,
      profiles: Object.fromEntries(profiles.map((one) => [one.id, profile ? speaking(one, profile) : one])),
      tools: (tools ?? []).reduce(attached, document.tools),
    },
  };
}

const speaking = (own: Profile, { voiceId, interruptible, ...rest }: ProfileOverrides): Profile => ({
  ...own,
  ...rest,
  voice: { ...own.voice, ...(voiceId !== undefined && { id: voiceId }) },
  greeting: { ...own.greeting, ...(interruptible !== undefined && { interruptible }) },
});

function attached(tools: ToolAttachment[], said: ToolAttachment): ToolAttachment[] {
  const place = tools.findIndex(({ toolId, name }) =>
    said.toolId === undefined ? toolId === undefined && name === said.name : toolId === said.toolId,
  );
  return place < 0 ? [...tools, said] : tools.with(place, { ...tools[place]!, config: said.config });
}
