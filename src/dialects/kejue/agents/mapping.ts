/** The table: Kejue's words for an agent and ours. Its parts have files of their own. */

import type { Edit } from '../../../agents/change/edit.ts';
import { type Codec, format, parse, row, table } from '../../../agents/change/rows.ts';
import { faceUrl, type View } from '../../../agents/view.ts';
import type { JsonObject } from '../../../lib/values.ts';
import { formatTool, parseAttachments } from '../agent-tools/mapping.ts';
import { required, together } from '../shared.ts';
import { formatVoiceConfig, parseNewVoiceConfig } from '../voice-configs/mapping.ts';
import { callSettingsTable, parseCallSettings } from './call-settings.ts';
import * as contract from './contract.ts';

const activeAsStatus: Codec = {
  to: (status) => status === 'active',
  from: (sent) => (sent ? 'active' : 'paused'),
};
/** Forms send an empty address for no picture. */
const face: Codec = {
  to: (_avatar, view) => faceUrl(view) ?? null,
  from: (url) => (url === '' ? undefined : { url }),
};

export const agentTable = table(contract.UpdateAgent, [
  row('name', 'name', { onNull: 'keep' }),
  row('is_active', 'status', { onNull: 'keep', codec: activeAsStatus }),
  row('memory_enabled', 'memory.enabled', { onNull: 'keep' }),
  row('description', 'description', { onNull: 'unset' }),
  row('avatar', 'avatar', { onNull: 'unset', codec: face }),
]);

export function formatAgent(view: View): JsonObject {
  const { agent } = view;
  return {
    id: agent.id,
    ...format(agentTable, view),
    call_settings: format(callSettingsTable, view),
    voice_configs: Object.keys(agent.document.profiles).map((id) => formatVoiceConfig(view, id)),
    tools: agent.document.tools.map((tool) => formatTool(view, tool)),
    created_at: agent.createdAt,
    updated_at: agent.updatedAt,
  };
}

export function parseAgent(body: JsonObject, view: View): Edit[] {
  return together(
    () => parse(agentTable, body, view),
    () => parseCallSettings(body['call_settings'], view),
  );
}

/** The agent, its first voice configuration and its tools may come in one request. */
export function parseNewAgent(body: JsonObject, view: View, newConfigId: string): Edit[] {
  const { voice_config: config, tools } = body;
  return together(
    () => required(body, ['name'], ''),
    () => parseAgent(body, view),
    () => (config == null ? [] : parseNewVoiceConfig(config, view, newConfigId, 'voice_config')),
    () => (tools == null ? [] : parseAttachments(tools, view)),
  );
}
