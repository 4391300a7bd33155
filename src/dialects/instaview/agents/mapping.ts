/** Maps InstaView's agents. Language, instructions, voice and sound belong to the default profile. */

import type { Edit } from '../../../agents/change/edit.ts';
import { type Codec, format, parse, row, table } from '../../../agents/change/rows.ts';
import { type View, voiceInEffect } from '../../../agents/view.ts';
import { VOICES, voiceById } from '../../../agents/voices.ts';
import { mapIssues } from '../../../lib/check.ts';
import { languageOf } from '../../../lib/locale.ts';
import { type JsonObject, mergePatch } from '../../../lib/values.ts';
import { refuse } from '../shared.ts';
import * as contract from './contract.ts';

const UNDEFINED = 'UNDEFINED';
const DEFAULT_FOCUS = 'GENERIC';
const DEFAULT_DURATION = 30;

/** InstaView writes our values in upper case with underscores. An absent value is shown as `absent`. */
const upperCase = (absent: string | null): Codec => ({
  format: (value) => (value === undefined ? absent : String(value).toUpperCase().replaceAll('-', '_')),
  parse: fromUpperCase,
});
const fromUpperCase = (sent: unknown): string | undefined =>
  sent === UNDEFINED ? undefined : String(sent).toLowerCase().replaceAll('_', '-');
const orElse = (absent: unknown): Codec => ({ format: (value) => value ?? absent, parse: (sent) => sent });

/** Languages that ISO 639 treats as a form of a listed one: Bokmål, Nynorsk, Tagalog. */
const OTHER_NAMES: Readonly<Record<string, string>> = { nb: 'NO', nn: 'NO', tl: 'FIL' };

const language: Codec = {
  format: (locale) => {
    if (locale === undefined) return UNDEFINED;
    const code = languageOf(String(locale));
    const name = OTHER_NAMES[code] ?? code.toUpperCase();
    return contract.LANGUAGES.includes(name) ? name : UNDEFINED;
  },
  parse: (sent) => (sent === UNDEFINED ? undefined : String(sent).toLowerCase()),
};

const voice: Codec = {
  format: (id, view) => voiceById(voiceInEffect(view, id as string | undefined) ?? '')?.instaview ?? null,
  parse: (sent) => VOICES.find((known) => known.instaview === sent)?.id,
};

/** The limits apply to the merged metadata, so they can only be checked here. */
const metadata: Codec = {
  format: (value) => value,
  parse: (sent, current) => {
    const merged = mergePatch(current, sent);
    // Other dialects have larger limits. A patch that changes nothing passes even above this dialect's limits.
    refuse(merged === current ? [] : mapIssues(contract.METADATA_LIMITS, merged, ''));
    return sent;
  },
};

const lowerCase: Codec = { format: (value) => value ?? null, parse: (sent) => String(sent).toLowerCase() };

export const agentTable = table(contract.UpdateAgent, [
  row('name', 'name'),
  row('type', 'interview.type', {
    codec: upperCase(UNDEFINED),
    needs: { field: 'companyPhoneNumberId', when: 'PHONE' },
  }),
  row('focus', 'interview.focus', { codec: upperCase(DEFAULT_FOCUS) }),
  row('language', 'profiles.@default.locale', { codec: language }),
  row('duration', 'interview.durationMinutes', { codec: orElse(DEFAULT_DURATION) }),
  row('questions', 'interview.questions'),
  row('instructions', 'profiles.@default.instructions', { onNull: 'unset' }),
  row('voiceId', 'profiles.@default.voice.id', { onNull: 'unset', codec: voice }),
  row('metadata', 'metadata', { onMap: 'merge', codec: metadata }),
  row('cefrLevel', 'interview.cefrLevel', { onNull: 'unset' }),
  row('backgroundSound', 'profiles.@default.voice.backgroundSound', { onNull: 'unset', codec: upperCase(null) }),
  row('companyPhoneNumberId', 'telephony.callerNumberId', { onNull: 'unset', codec: lowerCase }),
]);

/** In the order of the contract, where the agent's own fields stand between those of the table. */
export function formatAgent(view: View): JsonObject {
  const { id, workspaceId, createdAt, updatedAt } = view.agent;
  const fields: JsonObject = { ...format(agentTable, view), id, companyId: workspaceId, createdAt, updatedAt };
  return Object.fromEntries(Object.keys(contract.Agent.properties).map((field) => [field, fields[field]]));
}

export const parseAgent = (body: JsonObject, view: View): Edit[] => parse(agentTable, body, view);

export function parseNewAgent(body: JsonObject, view: View): Edit[] {
  const missing = (contract.CreateAgent.required ?? []).filter((field) => body[field] === undefined);
  refuse(missing.map((path) => ({ path, message: 'is required', rule: 'required' })));
  return parseAgent(body, view);
}

/** A filter finds the agents that are shown with its value: GENERIC also finds agents without a focus. */
export function filterOf({ type, focus, search }: contract.AgentQuery) {
  return {
    ...(search && { search }),
    ...(type && { interviewType: storedValues(type, UNDEFINED) }),
    ...(focus && { interviewFocus: storedValues(focus, DEFAULT_FOCUS) }),
  };
}

/** The stored values that are shown as `value`; null stands for an absent one. */
function storedValues(value: string, absent: string): (string | null)[] {
  const stored = fromUpperCase(value);
  return [...(stored === undefined ? [] : [stored]), ...(value === absent ? [null] : [])];
}
