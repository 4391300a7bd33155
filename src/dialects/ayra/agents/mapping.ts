/** The table: Ayra's words and ours. */

import { type Edit, set } from '../../../agents/change/edit.ts';
import { type Codec, format, parse, type Row, type RowFacts, row, table } from '../../../agents/change/rows.ts';
import { spokenVoice, type View } from '../../../agents/view.ts';
import { Fault, type Issue, invalid, invalidAt } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import { isLanguageCode, languageOf } from '../../../lib/locale.ts';
import { dateTime } from '../../../lib/text.ts';
import { isObject, type JsonObject, same } from '../../../lib/values.ts';
import * as contract from './contract.ts';

const voice: Codec = { to: (id, view) => spokenVoice(view, id as string | undefined) ?? null, from: (sent) => sent };

/** ISO 639-1 has no code for Filipino; its nearest is the one for Tagalog. */
const FILIPINO = 'fil';
const TAGALOG = 'tl';
const isCode = (sent: unknown): sent is string =>
  typeof sent === 'string' && /^[a-z]{2}$/.test(sent) && isLanguageCode(sent);
const NOT_A_CODE = 'must be a language code of ISO 639-1, like en';

/** null: a language that cannot be named here. */
export function shownLanguage(locale: string): string | null {
  const code = languageOf(locale);
  if (code === FILIPINO) return TAGALOG;
  return code.length === 2 ? code : null;
}

const language: Codec = {
  to: (locale) => (typeof locale === 'string' ? shownLanguage(locale) : null),
  from: (sent) => {
    if (!isCode(sent)) throw invalidAt('', NOT_A_CODE, 'format');
    return sent === TAGALOG ? FILIPINO : sent;
  },
};

interface Hours {
  timezone: string;
  schedule: { day: string; open: string; close: string }[];
}

/** Other tongues may say a time to the hour; here it always has minutes. */
const withMinutes = (time: string): string => (time.includes(':') ? time : `${time}:00`);

const businessHours: Codec = {
  to: (hours) => {
    if (hours === undefined) return null;
    const { timezone, schedule } = hours as Hours;
    return {
      timezone,
      schedule: schedule.map(({ day, open, close }) => ({ day, open: withMinutes(open), close: withMinutes(close) })),
    };
  },
  from: (sent) => {
    const { timezone, schedule } = sent as { timezone: string; schedule: JsonObject[] };
    const items = schedule.map((item) => ({
      day: item['day'],
      open: item['open'] ?? item['start'],
      close: item['close'] ?? item['end'],
    }));
    const missing = items.flatMap((item, i) =>
      (['open', 'close'] as const).flatMap((key) => (item[key] === undefined ? `schedule.${i}.${key}` : [])),
    );
    if (missing.length > 0) throw invalid(missing.map((path) => ({ path, message: 'is required', rule: 'required' })));
    return { timezone, schedule: items };
  },
};

const orTrue: Codec = { to: (value) => value ?? true, from: (sent) => sent };

/**
 * A merge patch of the top level. Of what is sent, a key that only repeats its value is passed over, so that a client
 * that writes back what it read may carry along values of other tongues that this one could not have written.
 */
const metadata: Codec = {
  to: (value) => value,
  from: (sent, current) => {
    const before = isObject(current) ? current : {};
    const moved = Object.entries(sent as JsonObject).filter(
      ([key, value]) => !(Object.hasOwn(before, key) && same(value, before[key])),
    );
    const issues = moved.flatMap(([key, value]) => metadataIssue(key, value));
    if (issues.length > 0) throw invalid(issues);
    const after = { ...before, ...Object.fromEntries(moved) };
    if (plainKeys(after) > Math.max(contract.METADATA_KEYS, plainKeys(before)))
      throw invalidAt('', `must have at most ${contract.METADATA_KEYS} keys`, 'maxProperties');
    return Object.fromEntries(moved);
  },
};

/** Keys that this tongue could have written: the limit is about those, whoever else keeps something in the drawer. */
const plainKeys = (freeFormMap: JsonObject): number =>
  Object.values(freeFormMap).filter((value) => typeof value !== 'object').length;

function metadataIssue(key: string, value: unknown): Issue[] {
  if (value !== null && typeof value === 'object')
    return [{ path: key, message: 'must be text, a number or a boolean', rule: 'type' }];
  if (typeof value === 'string' && [...value].length > contract.METADATA_CHARACTERS)
    return [{ path: key, message: `must be at most ${contract.METADATA_CHARACTERS} characters`, rule: 'maxLength' }];
  return [];
}

/** The platform and the number are chosen when the agent is made; afterwards they may be repeated, not changed. */
const rows = (chosenAtBirth: RowFacts): Row[] => [
  row('name', 'name'),
  row('phone_number', 'telephony.phoneNumber', chosenAtBirth),
  row('voice_platform', 'extras.ayra.voicePlatform', chosenAtBirth),
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
const draftTable = table(contract.CreateAgent, rows({ access: 'write' }));

/** What an agent is before its caller says anything. */
export const DEFAULTS: Edit[] = [set('profiles.@default.locale', 'en')];

export function parseNewAgent(body: JsonObject, view: View): Edit[] {
  const missing = contract.CREATE_REQUIRED.filter((field) => body[field] == null);
  if (missing.length > 0) throw invalid(missing.map((path) => ({ path, message: 'is required', rule: 'required' })));
  return parse(draftTable, body, view);
}

export const parseAgent = (body: JsonObject, view: View): Edit[] => parse(agentTable, body, view);

/** A prefix and the id without its dashes; anything else is the id of nothing. */
export function idOf(prefix: string, shown: string): string | undefined {
  if (!shown.startsWith(prefix)) return undefined;
  const parts = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(shown.slice(prefix.length));
  return parts?.slice(1).join('-');
}
export const shownId = (prefix: string, id: string): string => prefix + id.replaceAll('-', '');

export function formatAgent(view: View): JsonObject {
  const { agent } = view;
  return {
    id: shownId('agent_', agent.id),
    ...format(agentTable, view),
    created_at: agent.createdAt,
    updated_at: agent.updatedAt,
  };
}

const COLUMNS = { name: 'name', created_at: 'createdAt', updated_at: 'updatedAt' } as const;

/** A list query in the house's words. */
export function parseQuery(query: contract.ListQuery) {
  const { status, voice_platform, search, created_after, created_before } = query;
  const { page = 1, per_page = 25, sort_by = 'created_at', sort_order = 'desc' } = query;
  return {
    filter: {
      ...(status && { status: [status] }),
      ...(voice_platform && { voicePlatform: voice_platform }),
      ...(query.language && { language: languagesMeant(query.language) }),
      ...(search && { search }),
      ...(created_after && { createdAfter: instant('created_after', created_after) }),
      ...(created_before && { createdBefore: instant('created_before', created_before) }),
    },
    order: { by: COLUMNS[sort_by], direction: sort_order },
    limit: per_page,
    page,
  };
}

function languagesMeant(code: string): string[] {
  if (!isCode(code)) throw refusedQuery('language', NOT_A_CODE);
  return code === TAGALOG ? [FILIPINO, TAGALOG] : [code];
}

const INSTANT = dateTime();

/** The store compares moments as text, so they are all brought into its form: UTC, to the millisecond. */
export function instant(field: string, text: string): string {
  // Whoever forgets to encode the plus of an offset sends a space.
  const sent = text.replace(/(?<=T.*) (?=\d\d(:?\d\d)?$)/, '+');
  const timed = /^\d{4}-\d\d-\d\d$/.test(sent) ? `${sent}T00:00:00` : sent;
  const zoned = /(z|[+-]\d\d(:?\d\d)?)$/i.test(timed.slice(10)) ? timed : `${timed}Z`;
  const at = new Date(zoned);
  if (issuesOf(INSTANT, zoned).length > 0 || Number.isNaN(at.getTime()))
    throw refusedQuery(field, 'must be an ISO 8601 date or time, like 2025-01-15T10:30:00Z');
  return at.toISOString();
}

export const refusedQuery = (path: string, message: string): Fault =>
  new Fault('invalid_query', { issues: [{ path, message, rule: 'format' }], message: `${path} ${message}` });
