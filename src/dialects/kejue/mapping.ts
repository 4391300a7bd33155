/** The table: Kejue's words and ours. */
import { at, type Codec, hear, type Row, row, show, shown, table } from '../../change/rows.ts';
import { type Issue, invalid, invalidAt } from '../../faults.ts';
import type { Agent, ToolAttachment } from '../../model/agent.ts';
import { issuesOf } from '../../model/check.ts';
import { type Edit, set, unset } from '../../model/edit.ts';
import type { Profile } from '../../model/profile.ts';
import { isObject, type JsonObject, same } from '../../model/values.ts';
import { faceUrl, mentions, spokenVoice, type View, type Wanted } from '../../model/view.ts';
import { voiceById } from '../../model/voices.ts';
import * as contract from './contract.ts';

const activeAsStatus: Codec = {
  to: (status) => status === 'active',
  from: (sent) => (sent ? 'active' : 'paused'),
};
const face: Codec = { to: (_avatar, view) => faceUrl(view) ?? null, from: (url) => ({ url }) };

export const agentTable = table(contract.UpdateAgent, [
  row('name', 'name', { onNull: 'keep' }),
  row('is_active', 'status', { onNull: 'keep', codec: activeAsStatus }),
  row('memory_enabled', 'memory.enabled', { onNull: 'keep' }),
  row('description', 'description', { onNull: 'unset' }),
  row('avatar', 'avatar', { onNull: 'unset', codec: face }),
]);

/** Stored keys only: what is absent is inherited, and saying so is `explain`'s business. */
const ifSaid: Codec = { to: (value) => value, from: (sent) => sent };
const items = (...keys: string[]): Codec => ({
  to: (value) => value,
  from: (sent) =>
    (sent as JsonObject[]).map((item) =>
      Object.fromEntries(keys.flatMap((key) => (item[key] == null ? [] : [[key, item[key]]]))),
    ),
});
const hour: Codec = {
  to: (time) => (time === undefined ? undefined : Number(String(time).slice(0, 2))),
  from: (sent) => sent,
};
const minute: Codec = {
  to: (time) => (time === undefined || !String(time).includes(':') ? undefined : Number(String(time).slice(3))),
  from: (sent) => sent,
};

export const callSettingsTable = table(
  contract.CallSettings,
  [
    row('allowed_days', 'allowedDays', { onNull: 'unset', codec: ifSaid }),
    row('auto_retry', 'autoRetry', { onNull: 'unset', codec: ifSaid }),
    // Hour and minute are two words for one time of day: `hearWindow` hears them together.
    row('call_end_hour', 'window.end', { access: 'read', codec: hour }),
    row('call_end_minute', 'window.end', { access: 'read', codec: minute }),
    row('call_start_hour', 'window.start', { access: 'read', codec: hour }),
    row('call_start_minute', 'window.start', { access: 'read', codec: minute }),
    row('phone_assignment_mode', 'phoneAssignmentMode', { onNull: 'unset', codec: ifSaid }),
    row('retry_schedule', 'retrySchedule', { onNull: 'unset', codec: ifSaid }),
    row('scoring_criteria', 'scoringCriteria', { onNull: 'unset', codec: ifSaid }),
    row('structured_data_schema', 'structuredData', {
      onNull: 'unset',
      codec: items('key', 'description', 'type', 'choices', 'examples'),
    }),
    row('tags', 'tags', { onNull: 'unset', codec: items('name', 'description') }),
  ],
  'callSettings',
);

const orElse = (fallback: unknown): Codec => ({ to: (value) => value ?? fallback, from: (sent) => sent });
const orAgentName: Codec = { to: (name, { agent }) => name ?? agent.document.name, from: (sent) => sent };
const voice: Codec = { to: (id, view) => spokenVoice(view, id as string | undefined) ?? null, from: (sent) => sent };
const voiceName: Codec = {
  to: (id, view) => {
    const spoken = spokenVoice(view, id as string | undefined);
    return spoken === undefined ? null : (voiceById(spoken)?.name ?? spoken);
  },
  from: (sent) => sent,
};
const model: Codec = {
  to: (id) => (typeof id === 'string' && id.startsWith('kejue/') ? id.slice('kejue/'.length) : null),
  from: (sent) => `kejue/${sent}`,
};
const negated: Codec = { to: (value) => !value, from: (sent) => !sent };
const isDefault: Codec = {
  to: (value) => value,
  from: (sent) => {
    if (!sent) throw invalidAt('', 'cannot be taken away; make another voice configuration the default', 'default');
    return sent;
  },
};
const ENDS = {
  continue: contract.END_BEHAVIORS[0],
  'hang-up-soft': contract.END_BEHAVIORS[1],
  'hang-up-strict': contract.END_BEHAVIORS[2],
};
const inactivity: Codec = {
  to: (messages) =>
    ((messages as Profile['inactivity']) ?? []).map((item) => ({
      delay_seconds: item.delaySeconds,
      message: item.message,
      end_behavior: ENDS[item.endBehaviour],
    })),
  from: (sent) =>
    (sent as JsonObject[]).map((item) => ({
      delaySeconds: item['delay_seconds'],
      message: item['message'],
      endBehaviour: Object.entries(ENDS).find(([, word]) => word === item['end_behavior'])?.[0] ?? 'continue',
    })),
};

/** One voice configuration is one profile; `voiceConfig(id)` puts the table there. */
export const voiceConfigTable = table(
  contract.UpdateVoiceConfig,
  [
    row('name', 'name', { onNull: 'keep', codec: orAgentName }),
    row('language_locale', 'locale', { onNull: 'keep', codec: orElse('en') }),
    row('prompt', 'instructions', { onNull: 'keep', codec: orElse('') }),
    row('first_speaker', 'greeting.speaker', { onNull: 'keep' }),
    row('recording_enabled', 'recording', { onNull: 'keep' }),
    row('silence_timeout', 'silenceTimeoutSeconds', { onNull: 'keep' }),
    row('max_duration', 'maxDurationSeconds', { onNull: 'keep' }),
    row('is_default', 'default', { onNull: 'keep', codec: isDefault }),
    row('is_active', 'active', { onNull: 'keep' }),
    row('first_message', 'greeting.text', { onNull: 'unset' }),
    row('first_message_uninterruptible', 'greeting.interruptible', { onNull: 'keep', codec: negated }),
    row('first_message_delay_ms', 'greeting.delayMs', { onNull: 'unset' }),
    row('voice_id', 'voice.id', { onNull: 'unset', codec: voice }),
    row('voice_name', 'voice.id', { access: 'read', codec: voiceName }),
    row('model', 'model.id', { onNull: 'unset', codec: model }),
    row('temperature', 'model.temperature', { onNull: 'unset' }),
    row('inactivity_messages', 'inactivity', { onNull: 'unset', codec: inactivity }),
    row('corpus_id', 'corpusId', { access: 'read' }),
  ],
  'profiles.*',
);
const voiceConfig = (id: string) => at(voiceConfigTable, `profiles.${id}`);

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

export function presentVoiceConfig(view: View, id: string): JsonObject {
  const profile = view.agent.document.profiles[id]!;
  return { id, ...show(voiceConfig(id), view), created_at: profile.createdAt, updated_at: profile.updatedAt };
}

const CHANNELS = { 'voice:in-call': 'voice', 'voice:post-call': 'post-call', whatsapp: 'text' } as const;

export function presentTool({ related }: View, tool: ToolAttachment): JsonObject {
  const known = tool.toolId === undefined ? undefined : related.tools.get(tool.toolId);
  return {
    tool_name: known?.spec.name ?? tool.name ?? tool.toolId,
    channels: contract.CHANNELS.filter((channel) => tool.channels.includes(CHANNELS[channel])),
    config: tool.config,
    tool_id: tool.toolId ?? null,
  };
}

/** Attached tools are shown by name, so they are looked up with the agent. */
export const wants = (agent: Agent): Wanted => ({ toolIds: mentions(agent.document).toolIds });
export const wantsOfAll = (agents: Agent[]): Wanted => ({
  toolIds: agents.flatMap((agent) => mentions(agent.document).toolIds),
});

export function hearAgent(body: JsonObject, view: View): Edit[] {
  return together(
    () => hear(agentTable, body, view),
    () => hearCallSettings(body['call_settings'], view),
  );
}

export function hearVoiceConfig(body: JsonObject, view: View, id: string, prefix = ''): Edit[] {
  return hear(voiceConfig(id), body, view, prefix);
}

/** What an agent is before its Kejue caller says anything: any voice configuration comes with the request. */
export function hearNewAgent(body: JsonObject, view: View, newConfigId: string): Edit[] {
  const config = body['voice_config'];
  const tools = body['tools'] ?? [];
  return together(
    () => required(body, ['name'], ''),
    () => hearAgent(body, view),
    () => (config == null ? [] : hearNewVoiceConfig(config, view, newConfigId, 'voice_config')),
    () => {
      const wrong = issuesOf(contract.CreateAgent.properties.tools, tools, 'tools');
      if (wrong.length > 0) throw invalid(wrong);
      return [
        set(
          'tools',
          (tools as JsonObject[]).map((tool) => attachmentOf(tool)),
        ),
      ];
    },
  );
}

export function hearNewVoiceConfig(body: unknown, view: View, id: string, prefix = ''): Edit[] {
  if (!isObject(body)) throw invalidAt(prefix, 'must be an object', 'type');
  return together(
    () => required(body, contract.VOICE_CONFIG_REQUIRED, prefix),
    () => [
      // Saying the locale first makes the profile, even where everything else is left to its default.
      ...(body['is_default'] === false ? [set(`profiles.${id}.default`, false)] : []),
      ...hear(voiceConfig(id), withoutDefaultOff(body), view, prefix, true),
    ],
  );
}

const withoutDefaultOff = ({ is_default, ...body }: JsonObject): JsonObject =>
  is_default ? { ...body, is_default } : body;

function required(body: JsonObject, fields: readonly string[], prefix: string): Edit[] {
  const missing = fields.filter((field) => body[field] == null);
  if (missing.length === 0) return [];
  throw invalid(
    missing.map((field) => ({ path: prefix ? `${prefix}.${field}` : field, message: 'is required', rule: 'required' })),
  );
}

/** Hears several parts of one body and reports what is wrong in all of them at once. */
function together(...parts: (() => Edit[])[]): Edit[] {
  const issues: Issue[] = [];
  const edits: Edit[] = [];
  for (const part of parts) {
    try {
      edits.push(...part());
    } catch (error) {
      const found = (error as { issues?: Issue[] }).issues ?? [];
      if (found.length === 0) throw error;
      issues.push(...found);
    }
  }
  if (issues.length > 0) throw invalid(issues);
  return edits;
}

/** Merged by key; a null inside clears that key, a null for the whole clears the layer. */
function hearCallSettings(sent: unknown, view: View): Edit[] {
  if (sent === undefined) return [];
  if (sent === null) {
    const paths = new Set(callSettingsTable.rows.map((one) => `callSettings.${one.path}`));
    return [...paths].map((path) => unset(path));
  }
  if (!isObject(sent)) throw invalidAt('call_settings', 'must be an object', 'type');
  return together(
    () => hear(callSettingsTable, sent, view, 'call_settings'),
    () => hearWindow('start', sent, view),
    () => hearWindow('end', sent, view),
  );
}

function hearWindow(side: 'start' | 'end', sent: JsonObject, view: View): Edit[] {
  const [hourField, minuteField] = [`call_${side}_hour`, `call_${side}_minute`] as const;
  const rowOf = (field: string): Row => callSettingsTable.rows.find((one) => one.field === field)!;
  const issues: Issue[] = [];
  const said = (field: string): unknown => {
    const before = shown(rowOf(field), view, callSettingsTable.base);
    const value = sent[field];
    if (value === undefined || same(value, before)) return before;
    if (value === null) return undefined;
    issues.push(...issuesOf(callSettingsTable.schemas.get(field)!, value, `call_settings.${field}`));
    return value;
  };
  const [hours, minutes] = [said(hourField), said(minuteField)];
  if (issues.length > 0) throw invalid(issues);
  const path = `callSettings.window.${side}`;
  if (hours === undefined) {
    if (sent[minuteField] != null && sent[hourField] !== null)
      throw invalidAt(`call_settings.${minuteField}`, `needs ${hourField}`, 'dependentRequired');
    return [unset(path)];
  }
  const two = (value: unknown) => String(value).padStart(2, '0');
  return [set(path, minutes === undefined ? two(hours) : `${two(hours)}:${two(minutes)}`)];
}

export function attachmentOf(body: JsonObject): ToolAttachment {
  const channels = (body['channels'] as (typeof contract.CHANNELS)[number][] | undefined) ?? ['voice:in-call'];
  const toolId = body['tool_id'] as string | null | undefined;
  return {
    ...(toolId ? { toolId } : {}),
    name: String(body['tool_name']),
    channels: channels.map((channel) => CHANNELS[channel]),
    config: (body['config'] as JsonObject | undefined) ?? {},
  };
}

/** Attaching again replaces what was said the first time. */
export function hearAttachment(body: JsonObject, { agent }: View): Edit[] {
  const wrong = issuesOf(contract.AttachTool, body);
  if (wrong.length > 0) throw invalid(wrong);
  const fresh = attachmentOf(body);
  const place = agent.document.tools.findIndex((tool) => isTool(tool, fresh.toolId ?? fresh.name ?? ''));
  const tools =
    place < 0
      ? [...agent.document.tools, fresh]
      : agent.document.tools.with(place, { ...agent.document.tools[place], ...fresh });
  return [set('tools', tools)];
}

export const isTool = (tool: ToolAttachment, key: string): boolean => tool.toolId === key || tool.name === key;
