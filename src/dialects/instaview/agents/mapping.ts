/** The table: InstaView's words and ours. Everything spoken belongs to the default profile. */

import type { Edit } from '../../../agents/change/edit.ts';
import { type Codec, format, parse, row, table } from '../../../agents/change/rows.ts';
import { spokenVoice, type View } from '../../../agents/view.ts';
import { VOICES, voiceById } from '../../../agents/voices.ts';
import { invalid } from '../../../faults.ts';
import { mapIssues } from '../../../lib/check.ts';
import { languageOf } from '../../../lib/locale.ts';
import { type JsonObject, mergePatch } from '../../../lib/values.ts';
import type { PhoneNumber } from '../../../phone-numbers/phone-number.ts';
import * as contract from './contract.ts';

const UNDEFINED = 'UNDEFINED';
const ABSENT_FOCUS = 'GENERIC';
const ABSENT_DURATION = 30;

/** The hub's words in capitals, an underscore for the hyphen, and another word or null for what is absent. */
const capitals = (absent: string | null): Codec => ({
  to: (value) => (value === undefined ? absent : String(value).toUpperCase().replaceAll('-', '_')),
  from: (sent) => (sent === UNDEFINED ? undefined : String(sent).toLowerCase().replaceAll('_', '-')),
});
const orElse = (absent: unknown): Codec => ({ to: (value) => value ?? absent, from: (sent) => sent });

/** Codes that their registry counts as the same language as one of the list: Bokmål, Nynorsk, Tagalog. */
const OTHER_NAMES: Readonly<Record<string, string>> = { nb: 'NO', nn: 'NO', tl: 'FIL' };

const language: Codec = {
  to: (locale) => {
    if (locale === undefined) return UNDEFINED;
    const code = languageOf(String(locale));
    const word = OTHER_NAMES[code] ?? code.toUpperCase();
    return contract.LANGUAGES.includes(word) ? word : UNDEFINED;
  },
  from: (sent) => (sent === UNDEFINED ? undefined : String(sent).toLowerCase()),
};

const voice: Codec = {
  to: (id, view) => voiceById(spokenVoice(view, id as string | undefined) ?? '')?.instaview ?? null,
  from: (sent) => VOICES.find((known) => known.instaview === sent)?.id,
};

/** The limits are those of what the agent would then carry, so they can only be judged here, after the merge. */
const metadata: Codec = {
  to: (value) => value,
  from: (sent, current) => {
    const merged = mergePatch(current, sent);
    // What another tongue made larger than this one may is no reason to refuse a patch that moves nothing.
    const issues = merged === current ? [] : mapIssues(contract.METADATA_LIMITS, merged, '');
    if (issues.length > 0) throw invalid(issues);
    return sent;
  },
};

const lowerCase: Codec = { to: (value) => value ?? null, from: (sent) => String(sent).toLowerCase() };

export const agentTable = table(contract.UpdateAgent, [
  row('name', 'name'),
  row('type', 'interview.type', {
    codec: capitals(UNDEFINED),
    needs: { field: 'companyPhoneNumberId', when: 'PHONE' },
  }),
  row('focus', 'interview.focus', { codec: capitals(ABSENT_FOCUS) }),
  row('language', 'profiles.@default.locale', { codec: language }),
  row('duration', 'interview.durationMinutes', { codec: orElse(ABSENT_DURATION) }),
  row('questions', 'interview.questions'),
  row('instructions', 'profiles.@default.instructions', { onNull: 'unset' }),
  row('voiceId', 'profiles.@default.voice.id', { onNull: 'unset', codec: voice }),
  row('metadata', 'metadata', { onMap: 'merge', codec: metadata }),
  row('cefrLevel', 'interview.cefrLevel', { onNull: 'unset' }),
  row('backgroundSound', 'profiles.@default.voice.backgroundSound', { onNull: 'unset', codec: capitals(null) }),
  row('companyPhoneNumberId', 'telephony.callerNumberId', { onNull: 'unset', codec: lowerCase }),
]);

/** In the order of the contract, where the agent's identity stands between the fields of the table. */
export function formatAgent(view: View): JsonObject {
  const { id, workspaceId, createdAt, updatedAt } = view.agent;
  const said: JsonObject = { ...format(agentTable, view), id, companyId: workspaceId, createdAt, updatedAt };
  return Object.fromEntries(Object.keys(contract.Agent.properties).map((field) => [field, said[field]]));
}

export function formatNumber({ id, number, workspaceId, provider, createdAt, updatedAt }: PhoneNumber): JsonObject {
  return {
    id,
    number,
    companyId: workspaceId,
    capabilities: 'OUTBOUND',
    custom: false,
    provider: provider.toUpperCase(),
    status: 'AVAILABLE',
    numberType: 'LOCAL',
    createdAt,
    updatedAt,
    location: null,
  };
}

export const parseAgent = (body: JsonObject, view: View): Edit[] => parse(agentTable, body, view);

export function parseNewAgent(body: JsonObject, view: View): Edit[] {
  const missing = (contract.CreateAgent.required ?? []).filter((field) => body[field] === undefined);
  if (missing.length > 0) throw invalid(missing.map((path) => ({ path, message: 'is required', rule: 'required' })));
  return parseAgent(body, view);
}

export interface Wish {
  type?: string;
  focus?: string;
  search?: string;
}

/** A filter finds what is shown under its word: agents without a focus are shown as GENERIC ones. */
export function filterOf({ type, focus, search }: Wish) {
  const hubWord = (word: string, absent: string): (string | null)[] => {
    const value = capitals(absent).from(word, undefined, undefined as never) as string | undefined;
    return [...(value === undefined ? [] : [value]), ...(word === absent ? [null] : [])];
  };
  return {
    ...(search && { search }),
    ...(type && { interviewType: hubWord(type, UNDEFINED) }),
    ...(focus && { interviewFocus: hubWord(focus, ABSENT_FOCUS) }),
  };
}
