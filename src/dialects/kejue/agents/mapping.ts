/** The table: Kejue's words for an agent and ours. Its parts have files of their own. */

import type { Edit } from '../../../agents/change/edit.ts';
import { type Codec, hear, row, show, table } from '../../../agents/change/rows.ts';
import { faceUrl, type View } from '../../../agents/view.ts';
import type { JsonObject } from '../../../lib/values.ts';
import { hearAttachments, presentTool } from '../agent-tools/mapping.ts';
import { required, together } from '../shared.ts';
import { hearNewVoiceConfig, presentVoiceConfig } from '../voice-configs/mapping.ts';
import { callSettingsTable, hearCallSettings } from './call-settings.ts';
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

export function present(view: View): JsonObject {
  const { agent } = view;
  return {
    id: agent.id,
    ...show(agentTable, view),
    call_settings: show(callSettingsTable, view),
    voice_configs: Object.keys(agent.document.profiles).map((id) => presentVoiceConfig(view, id)),
    tools: agent.document.tools.map((tool) => presentTool(view, tool)),
    created_at: agent.createdAt,
    updated_at: agent.updatedAt,
  };
}

export function hearAgent(body: JsonObject, view: View): Edit[] {
  return together(
    () => hear(agentTable, body, view),
    () => hearCallSettings(body['call_settings'], view),
  );
}

/** The agent, its first voice configuration and its tools may come in one request. */
export function hearNewAgent(body: JsonObject, view: View, newConfigId: string): Edit[] {
  const { voice_config: config, tools } = body;
  return together(
    () => required(body, ['name'], ''),
    () => hearAgent(body, view),
    () => (config == null ? [] : hearNewVoiceConfig(config, view, newConfigId, 'voice_config')),
    () => (tools == null ? [] : hearAttachments(tools, view)),
  );
}
