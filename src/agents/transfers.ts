/** `agent_transfer`: a built-in tool whose configuration names the agents to which a conversation may be handed over. Pure. */

import { isUuid } from '../lib/text.ts';
import { isObject } from '../lib/values.ts';
import type { ToolAttachment } from './agent.ts';

export const AGENT_TRANSFER = 'agent_transfer';

export interface Target {
  agentId: string;
  key?: string;
  /** The profile that the other agent uses. */
  profileId?: string;
  /** The description of the target for the model. */
  when?: string;
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value : undefined;

/** The agents that a tool attachment leads to; none for any other tool. */
export function transferTargets({ name, config }: Pick<ToolAttachment, 'name' | 'config'>): Target[] {
  const { targets } = config;
  if (name !== AGENT_TRANSFER || !Array.isArray(targets)) return [];
  return targets.filter(isObject).flatMap((target) => {
    const agentId = text(target['persona_id']) ?? text(target['agentId']);
    if (!agentId) return [];
    const key = text(target['key']);
    const profile = text(target['voice_config_id']) ?? text(target['profileId']);
    const profileId = profile && isUuid(profile) ? profile.toLowerCase() : profile;
    const when = text(target['when_to_use']) ?? text(target['description']);
    return [
      { agentId: agentId.toLowerCase(), ...(key && { key }), ...(profileId && { profileId }), ...(when && { when }) },
    ];
  });
}
