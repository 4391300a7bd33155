/** Maps phone numbers and their inbound routing. */
import type { Agent } from '../../../agents/agent.ts';
import { invalidAt } from '../../../faults.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { PhoneNumber } from '../../../phone-numbers/phone-number.ts';
import { checkShape, normalizeId } from '../shared.ts';
import * as contract from './contract.ts';

/** Every number of a workspace can place and receive calls. */
export const formatNumber = (number: PhoneNumber): contract.PhoneNumber => ({
  id: number.id,
  number: number.number,
  provider: number.provider,
  label: number.label,
  persona_id: number.agentId,
  voice_config_id: number.profileId,
  is_inbound: true,
  is_outbound: true,
  created_at: number.createdAt,
  updated_at: number.updatedAt,
});

/** The voice configuration that a body names, in lower case. */
export function parseRoute(body: JsonObject): string {
  checkShape(contract.RouteBody, body);
  return normalizeId((body as contract.RouteBody).voice_config_id);
}

/** The agent and profile that answer the number. `agent` is the one that owns the voice configuration. */
export function routeTo(agent: Agent | undefined, profileId: string): { agentId: string; profileId: string } {
  const refused = (message: string) => invalidAt('voice_config_id', message, 'reference');
  const profile = agent?.document.profiles[profileId];
  if (!agent || !profile) throw refused('refers to a voice configuration that does not exist');
  if (!profile.active) throw refused('is a voice configuration that is switched off');
  return { agentId: agent.id, profileId };
}

/** Kejue reviews numbers before it approves their routing; Parlance approves at once. */
export const formatRouting = (phoneId: string, profileId: string, origin: string): contract.Routing => ({
  phone_id: phoneId,
  voice_config_id: profileId,
  inbound_routing_status: 'approved',
  webhook_url: `${origin}/inbound/${profileId}/twiml`,
  provisioning: 'self_serve',
});
