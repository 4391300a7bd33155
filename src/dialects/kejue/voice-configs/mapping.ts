/** Maps voice configurations. Each one is a profile of the agent. */

import { type Edit, unset } from '../../../agents/change/edit.ts';
import { type Codec, format, parse, row, table, tableAt } from '../../../agents/change/rows.ts';
import type { Profile } from '../../../agents/profile.ts';
import { type View, voiceInEffect } from '../../../agents/view.ts';
import { voiceById } from '../../../agents/voices.ts';
import { Fault, invalidAt } from '../../../faults.ts';
import { isObject, type JsonObject } from '../../../lib/values.ts';
import { collectEdits, requireFields } from '../shared.ts';
import * as contract from './contract.ts';

const orElse = (fallback: unknown): Codec => ({ format: (value) => value ?? fallback, parse: (sent) => sent });
const orAgentName: Codec = { format: (name, { agent }) => name ?? agent.document.name, parse: (sent) => sent };
const voice: Codec = {
  format: (id, view) => voiceInEffect(view, id as string | undefined) ?? null,
  parse: (sent) => sent,
};
const voiceName: Codec = {
  format: (id, view) => {
    const spoken = voiceInEffect(view, id as string | undefined);
    return spoken === undefined ? null : (voiceById(spoken)?.name ?? spoken);
  },
  parse: (sent) => sent,
};
const model: Codec = {
  format: (id) => (typeof id === 'string' && id.startsWith('kejue/') ? id.slice('kejue/'.length) : null),
  parse: (sent) => `kejue/${sent}`,
};
const negated: Codec = { format: (value) => !value, parse: (sent) => !sent };
const isDefault: Codec = {
  format: (value) => value,
  parse: (sent) => {
    if (!sent) throw invalidAt('', 'cannot be false; make another voice configuration the default', 'default');
    return sent;
  },
};
const END_BEHAVIORS = {
  continue: contract.END_BEHAVIORS[0],
  'hang-up-soft': contract.END_BEHAVIORS[1],
  'hang-up-strict': contract.END_BEHAVIORS[2],
};
const inactivity: Codec = {
  format: (messages) =>
    ((messages as Profile['inactivity']) ?? []).map((item) => ({
      delay_seconds: item.delaySeconds,
      message: item.message,
      end_behavior: END_BEHAVIORS[item.endBehaviour],
    })),
  parse: (sent) => parseInactivity(sent as JsonObject[]),
};

export const parseInactivity = (sent: readonly JsonObject[]): JsonObject[] =>
  sent.map((item) => ({
    delaySeconds: item['delay_seconds'],
    message: item['message'],
    endBehaviour: Object.entries(END_BEHAVIORS).find(([, name]) => name === item['end_behavior'])?.[0] ?? 'continue',
  }));

/** Applies to every profile; `tableFor(id)` applies to one. */
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
const tableFor = (id: string) => tableAt(voiceConfigTable, `profiles.${id}`);

export function formatVoiceConfig(view: View, id: string): JsonObject {
  const profile = view.agent.document.profiles[id]!;
  return { id, ...format(tableFor(id), view), created_at: profile.createdAt, updated_at: profile.updatedAt };
}

export const formatVoiceConfigs = (view: View): JsonObject[] =>
  Object.keys(view.agent.document.profiles).map((id) => formatVoiceConfig(view, id));

/** The configuration that a path names. It must belong to this agent. */
export function voiceConfigOf({ agent }: View, id: string): Profile {
  const { profiles } = agent.document;
  const key = id.toLowerCase();
  const profile = Object.hasOwn(profiles, key) ? profiles[key] : undefined;
  if (!profile) throw new Fault('profile_missing', { id });
  return profile;
}

export function parseVoiceConfig(body: JsonObject, view: View, id: string): Edit[] {
  return parse(tableFor(voiceConfigOf(view, id).id), body, view);
}

export function parseNewVoiceConfig(body: unknown, view: View, id: string, prefix = ''): Edit[] {
  if (!isObject(body)) throw invalidAt(prefix, 'must be an object', 'type');
  // Only the first configuration becomes the default by itself. `is_default: false` is left out: the codec refuses it.
  const { is_default, ...others } = body;
  return collectEdits(
    () => requireFields(body, contract.REQUIRED, prefix),
    () => parse(tableFor(id), is_default === false ? others : body, view, prefix, true),
  );
}

/** The last configuration is always the default, so the one check protects both. */
export function parseDeletion(view: View, id: string): Edit[] {
  const profile = voiceConfigOf(view, id);
  if (profile.default) throw new Fault('default_profile');
  return [unset(`profiles.${profile.id}`)];
}
