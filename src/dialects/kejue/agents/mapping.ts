/** Maps Kejue's fields of an agent. Call settings, voice configurations and tools have mappings of their own. */

import type { Edit } from '../../../agents/change/edit.ts';
import { type Codec, format, parse, row, table } from '../../../agents/change/rows.ts';
import { avatarUrl, type View } from '../../../agents/view.ts';
import type { JsonObject } from '../../../lib/values.ts';
import { formatAttachment, parseAttachments } from '../agent-tools/mapping.ts';
import { callSettingsTable, parseCallSettings } from '../call-settings/mapping.ts';
import { collectEdits, requireFields } from '../shared.ts';
import { formatVoiceConfigs, parseNewVoiceConfig } from '../voice-configs/mapping.ts';
import * as contract from './contract.ts';

const activeAsStatus: Codec = {
  format: (status) => status === 'active',
  parse: (sent) => (sent ? 'active' : 'paused'),
};
/** Forms send an empty address for no picture. */
const avatar: Codec = {
  format: (_avatar, view) => avatarUrl(view) ?? null,
  parse: (url) => (url === '' ? undefined : { url }),
};

export const agentTable = table(contract.UpdateAgent, [
  row('name', 'name', { onNull: 'keep' }),
  row('is_active', 'status', { onNull: 'keep', codec: activeAsStatus }),
  row('memory_enabled', 'memory.enabled', { onNull: 'keep' }),
  row('description', 'description', { onNull: 'unset' }),
  row('avatar', 'avatar', { onNull: 'unset', codec: avatar }),
]);

export function formatAgent(view: View): JsonObject {
  const { agent } = view;
  return {
    id: agent.id,
    ...format(agentTable, view),
    call_settings: format(callSettingsTable, view),
    voice_configs: formatVoiceConfigs(view),
    tools: agent.document.tools.map((tool) => formatAttachment(view, tool)),
    created_at: agent.createdAt,
    updated_at: agent.updatedAt,
  };
}

export function parseAgent(body: JsonObject, view: View): Edit[] {
  return collectEdits(
    () => parse(agentTable, body, view),
    () => parseCallSettings(body['call_settings'], view),
  );
}

/** One request may create the agent, its first voice configuration and its tools. */
export function parseNewAgent(body: JsonObject, view: View, newConfigId: string): Edit[] {
  const { voice_config: config, tools } = body;
  return collectEdits(
    () => requireFields(body, ['name'], ''),
    () => parseAgent(body, view),
    () => (config == null ? [] : parseNewVoiceConfig(config, view, newConfigId, 'voice_config')),
    () => (tools == null ? [] : parseAttachments(tools, view)),
  );
}
