/** Maps Ayra's agents. Voice, language, prompt, greeting and recording belong to the default profile. */

import { type Edit, set } from '../../../agents/change/edit.ts';
import { type Codec, format, parse, type Row, type RowFacts, row, table } from '../../../agents/change/rows.ts';
import { type View, voiceInEffect } from '../../../agents/view.ts';
import { type Issue, invalid, invalidAt } from '../../../faults.ts';
import { isObject, type JsonObject, same } from '../../../lib/values.ts';
import { formatId, invalidQuery, parseInstant } from '../shared.ts';
import * as contract from './contract.ts';
import { formatLanguage, isCode, languagesShownAs, localeOf, NOT_A_CODE } from './languages.ts';

const voice: Codec = {
  format: (id, view) => voiceInEffect(view, id as string | undefined) ?? null,
  parse: (sent) => sent,
};

const language: Codec = {
  format: (locale) => (typeof locale === 'string' ? formatLanguage(locale) : null),
  parse: (sent) => {
    if (!isCode(sent)) throw invalidAt('', NOT_A_CODE, 'format');
    return localeOf(sent);
  },
};

/** Other dialects may store a full hour without minutes. */
const withMinutes = (time: string): string => (time.includes(':') ? time : `${time}:00`);

const businessHours: Codec = {
  format: (hours) => {
    if (hours === undefined) return null;
    const { timezone, schedule } = hours as contract.BusinessHours;
    return {
      timezone,
      schedule: schedule.map(({ day, open, close }) => ({ day, open: withMinutes(open), close: withMinutes(close) })),
    };
  },
  parse: (sent) => {
    const { timezone, schedule } = sent as contract.BusinessHoursInput;
    const items = schedule.map(({ day, open, start, close, end }) => ({
      day,
      open: open ?? start,
      close: close ?? end,
    }));
    const missing = items.flatMap((item, i) =>
      (['open', 'close'] as const).flatMap((key) => (item[key] === undefined ? `schedule.${i}.${key}` : [])),
    );
    if (missing.length > 0) throw invalid(missing.map((path) => ({ path, message: 'is required', rule: 'required' })));
    return { timezone, schedule: items };
  },
};

const orTrue: Codec = { format: (value) => value ?? true, parse: (sent) => sent };

/**
 * Metadata merges at the top level. A key with an unchanged value is skipped, so that a client can send back what it
 * read, including values that only other dialects can write.
 */
const metadata: Codec = {
  format: (value) => value,
  parse: (sent, current) => {
    const before = isObject(current) ? current : {};
    const changed = Object.entries(sent as JsonObject).filter(
      ([key, value]) => !(Object.hasOwn(before, key) && same(value, before[key])),
    );
    const issues = changed.flatMap(([key, value]) => metadataIssue(key, value));
    if (issues.length > 0) throw invalid(issues);
    const after = { ...before, ...Object.fromEntries(changed) };
    if (plainKeys(after) > Math.max(contract.METADATA_KEYS, plainKeys(before)))
      throw invalidAt('', `must have at most ${contract.METADATA_KEYS} keys`, 'maxProperties');
    return Object.fromEntries(changed);
  },
};

/** The limit counts only keys that Ayra's clients can write: other dialects may store nested values. */
const plainKeys = (freeFormMap: JsonObject): number =>
  Object.values(freeFormMap).filter((value) => typeof value !== 'object').length;

function metadataIssue(key: string, value: unknown): Issue[] {
  if (value !== null && typeof value === 'object')
    return [{ path: key, message: 'must be text, a number or a boolean', rule: 'type' }];
  if (typeof value === 'string' && [...value].length > contract.METADATA_CHARACTERS)
    return [{ path: key, message: `must be at most ${contract.METADATA_CHARACTERS} characters`, rule: 'maxLength' }];
  return [];
}

/** A client chooses the platform and the number on creation. An update may repeat them but not change them. */
const rows = (onlyOnCreation: RowFacts): Row[] => [
  row('name', 'name'),
  row('phone_number', 'telephony.phoneNumber', onlyOnCreation),
  row('voice_platform', 'extras.ayra.voicePlatform', onlyOnCreation),
  row('voice_id', 'profiles.@default.voice.id', { onNull: 'unset', codec: voice }),
  row('language', 'profiles.@default.locale', { codec: language }),
  row('system_prompt', 'profiles.@default.instructions', { onNull: 'unset' }),
  row('welcome_message', 'profiles.@default.greeting.text', { onNull: 'unset' }),
  row('transfer_number', 'telephony.transferNumber', { onNull: 'unset' }),
  row('business_hours', 'telephony.businessHours', { onNull: 'unset', codec: businessHours }),
  row('recording_enabled', 'profiles.@default.recording', { codec: orTrue }),
  row('transcription_enabled', 'transcription'),
  row('status', 'status'),
  row('metadata', 'metadata', { onMap: 'merge', codec: metadata }),
];

export const agentTable = table(contract.UpdateAgent, rows({ access: 'refuse' }));
const creationTable = table(contract.CreateAgent, rows({ access: 'write' }));

/** The values of a new agent before its body is applied. */
export const DEFAULTS: Edit[] = [set('profiles.@default.locale', 'en')];

export function parseNewAgent(body: JsonObject, view: View): Edit[] {
  const missing = contract.REQUIRED.filter((field) => body[field] == null);
  if (missing.length > 0) throw invalid(missing.map((path) => ({ path, message: 'is required', rule: 'required' })));
  return parse(creationTable, body, view);
}

export const parseAgent = (body: JsonObject, view: View): Edit[] => parse(agentTable, body, view);

export function formatAgent(view: View): JsonObject {
  const { agent } = view;
  return {
    id: formatId('agent_', agent.id),
    ...format(agentTable, view),
    created_at: agent.createdAt,
    updated_at: agent.updatedAt,
  };
}

export function filterOf(query: contract.AgentQuery) {
  const { status, voice_platform, language: code, search, created_after, created_before } = query;
  return {
    ...(status && { status: [status] }),
    ...(voice_platform && { voicePlatform: voice_platform }),
    ...(code && { language: languagesIn(code) }),
    ...(search && { search }),
    ...(created_after && { createdAfter: parseInstant('created_after', created_after) }),
    ...(created_before && { createdBefore: parseInstant('created_before', created_before) }),
  };
}

function languagesIn(code: string): string[] {
  if (!isCode(code)) throw invalidQuery('language', NOT_A_CODE);
  return languagesShownAs(code);
}

const COLUMNS = { name: 'name', created_at: 'createdAt', updated_at: 'updatedAt' } as const;

export const orderOf = ({ sort_by = 'created_at', sort_order = 'desc' }: contract.AgentQuery) => ({
  by: COLUMNS[sort_by],
  direction: sort_order,
});
