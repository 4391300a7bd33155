/** A voice configuration of Kejue is one profile of the agent. */

import { type Edit, unset } from '../../../agents/change/edit.ts';
import { at, type Codec, format, parse, row, table } from '../../../agents/change/rows.ts';
import type { Profile } from '../../../agents/profile.ts';
import { spokenVoice, type View } from '../../../agents/view.ts';
import { voiceById } from '../../../agents/voices.ts';
import { Fault, invalidAt } from '../../../faults.ts';
import { isObject, type JsonObject } from '../../../lib/values.ts';
import * as contract from '../agents/contract.ts';
import { required, together } from '../shared.ts';

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
  from: (sent) => parseInactivity(sent as JsonObject[]),
};

export const parseInactivity = (sent: readonly JsonObject[]): JsonObject[] =>
  sent.map((item) => ({
    delaySeconds: item['delay_seconds'],
    message: item['message'],
    endBehaviour: Object.entries(ENDS).find(([, word]) => word === item['end_behavior'])?.[0] ?? 'continue',
  }));

/** At home in any profile; `voiceConfig(id)` puts it in one. */
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

export function formatVoiceConfig(view: View, id: string): JsonObject {
  const profile = view.agent.document.profiles[id]!;
  return { id, ...format(voiceConfig(id), view), created_at: profile.createdAt, updated_at: profile.updatedAt };
}

/** The configuration that a path names, which must be one of this agent's. */
export function configOf({ agent }: View, id: string): Profile {
  const { profiles } = agent.document;
  const key = id.toLowerCase();
  const profile = Object.hasOwn(profiles, key) ? profiles[key] : undefined;
  if (!profile) throw new Fault('profile_missing', { id });
  return profile;
}

export function parseVoiceConfig(body: JsonObject, view: View, id: string): Edit[] {
  return parse(voiceConfig(configOf(view, id).id), body, view);
}

export function parseNewVoiceConfig(body: unknown, view: View, id: string, prefix = ''): Edit[] {
  if (!isObject(body)) throw invalidAt(prefix, 'must be an object', 'type');
  // The first configuration is the default and every other one is not, unless it says that it is.
  const { is_default, ...said } = body;
  return together(
    () => required(body, contract.VOICE_CONFIG_REQUIRED, prefix),
    () => parse(voiceConfig(id), is_default === false ? said : body, view, prefix, true),
  );
}

/** The last one is the default too, so this refuses both of what may not go. */
export function parseNoVoiceConfig(view: View, id: string): Edit[] {
  const profile = configOf(view, id);
  if (profile.default) throw new Fault('default_profile');
  return [unset(`profiles.${profile.id}`)];
}
