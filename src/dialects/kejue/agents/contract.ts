/** Kejue's agents, in the order of its documents. Seed: "Update Agent"; the rest: docs.kejue.co. */

import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { AgentTool, AttachTool } from '../agent-tools/contract.ts';
import { CallSettings } from '../call-settings/contract.ts';
import { nullish } from '../shared.ts';
import { CreateVoiceConfig, VoiceConfig } from '../voice-configs/contract.ts';

const agentName = text.nonBlank(255);

const agentFields = {
  name: nullish(agentName),
  description: nullish(s.string({ maxLength: 10_000 })),
  avatar: nullish(s.string({ maxLength: 2083 })),
  is_active: nullish(s.boolean()),
  memory_enabled: nullish(s.boolean()),
};

export const UpdateAgent = s.object({ ...agentFields, call_settings: nullish(CallSettings) });

export const CreateAgent = s.object({
  ...agentFields,
  name: agentName,
  call_settings: nullish(CallSettings),
  voice_config: nullish(CreateVoiceConfig),
  tools: nullish(s.array(AttachTool, { maxItems: 200 })),
});

export const Agent = s.object({
  id: s.string(),
  name: s.string(),
  is_active: s.boolean(),
  memory_enabled: s.boolean(),
  description: s.nullable(s.string()),
  avatar: s.nullable(s.string()),
  call_settings: CallSettings,
  voice_configs: s.array(VoiceConfig),
  tools: s.array(AgentTool),
  created_at: s.nullable(s.string()),
  updated_at: s.nullable(s.string()),
});

export const AgentList = s.object({ agents: s.array(Agent), total: s.integer() });
