/** Maps call settings. Kejue sends hours and minutes; the agent stores one time of day for each end of the window. */

import { newDocument } from '../../../agents/agent.ts';
import { applyOne } from '../../../agents/change/apply.ts';
import { type Edit, set, unset } from '../../../agents/change/edit.ts';
import { type Codec, format, formatRow, parse, type Row, row, table } from '../../../agents/change/rows.ts';
import { NO_REFERENCES, type View } from '../../../agents/view.ts';
import { type Issue, invalidAt } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import { isObject, type JsonObject, same } from '../../../lib/values.ts';
import { collectEdits, refuse } from '../shared.ts';
import * as contract from './contract.ts';

/** Omits absent settings from the answer: Kejue shows what a level sets, and `explain` shows what it inherits. */
const ifSet: Codec = { format: (value) => value, parse: (sent) => sent };
/** Lists of objects, without keys that are null. */
const items = (...keys: string[]): Codec => ({
  format: (value) => value,
  parse: (sent) =>
    (sent as JsonObject[]).map((item) =>
      Object.fromEntries(keys.flatMap((key) => (item[key] == null ? [] : [[key, item[key]]]))),
    ),
});
const hour: Codec = {
  format: (time) => (time === undefined ? undefined : Number(String(time).slice(0, 2))),
  parse: (sent) => sent,
};
const minute: Codec = {
  format: (time) => (time === undefined || !String(time).includes(':') ? undefined : Number(String(time).slice(3))),
  parse: (sent) => sent,
};

export const callSettingsTable = table(
  contract.CallSettings,
  [
    row('allowed_days', 'allowedDays', { onNull: 'unset', codec: ifSet }),
    row('auto_retry', 'autoRetry', { onNull: 'unset', codec: ifSet }),
    // An hour and its minute are one stored value: `parseWindow` reads them together.
    row('call_end_hour', 'window.end', { access: 'read', codec: hour }),
    row('call_end_minute', 'window.end', { access: 'read', codec: minute }),
    row('call_start_hour', 'window.start', { access: 'read', codec: hour }),
    row('call_start_minute', 'window.start', { access: 'read', codec: minute }),
    row('phone_assignment_mode', 'phoneAssignmentMode', { onNull: 'unset', codec: ifSet }),
    row('retry_schedule', 'retrySchedule', { onNull: 'unset', codec: ifSet }),
    row('scoring_criteria', 'scoringCriteria', { onNull: 'unset', codec: ifSet }),
    row('structured_data_schema', 'structuredData', {
      onNull: 'unset',
      codec: items('key', 'description', 'type', 'choices', 'examples'),
    }),
    row('tags', 'tags', { onNull: 'unset', codec: items('name', 'description') }),
  ],
  'callSettings',
);

/** Settings merge by key. A null inside clears that key; a null instead of the object clears all settings. */
export function parseCallSettings(sent: unknown, view: View, prefix = 'call_settings'): Edit[] {
  if (sent === undefined) return [];
  if (sent === null) {
    const paths = new Set(callSettingsTable.rows.map((one) => `callSettings.${one.path}`));
    return [...paths].map((path) => unset(path));
  }
  if (!isObject(sent)) throw invalidAt(prefix, 'must be an object', 'type');
  return collectEdits(
    () => parse(callSettingsTable, sent, view, prefix),
    () => parseWindow('start', sent, view, prefix),
    () => parseWindow('end', sent, view, prefix),
  );
}

/** A null hour clears the time and its minute. A minute needs an hour. */
function parseWindow(side: 'start' | 'end', sent: JsonObject, view: View, prefix: string): Edit[] {
  const [hourField, minuteField] = [`call_${side}_hour`, `call_${side}_minute`] as const;
  const issues: Issue[] = [];
  const [hours, minutes] = [hourField, minuteField].map((field) => windowValue(field, sent, view, prefix, issues));
  refuse(issues);
  const path = `callSettings.window.${side}`;
  if (hours === undefined) {
    if (sent[minuteField] != null && sent[hourField] !== null)
      throw invalidAt(`${prefix}.${minuteField}`, `needs ${hourField}`, 'dependentRequired');
    return [unset(path)];
  }
  if (hours === 24 && Number(minutes ?? 0) > 0)
    throw invalidAt(`${prefix}.${minuteField}`, `must be 0 when ${hourField} is 24`, 'maximum');
  return [set(path, minutes === undefined ? twoDigits(hours) : `${twoDigits(hours)}:${twoDigits(minutes)}`)];
}

/** The value of an hour or a minute after the request: the one that was sent, or the current one. */
function windowValue(field: string, sent: JsonObject, view: View, prefix: string, issues: Issue[]): unknown {
  const current = formatRow(rowOf(field), view, callSettingsTable.base);
  const value = sent[field];
  if (value === undefined || same(value, current)) return current;
  if (value === null) return undefined;
  issues.push(...issuesOf(callSettingsTable.schemas.get(field)!, value, `${prefix}.${field}`));
  return value;
}

const rowOf = (field: string): Row => callSettingsTable.rows.find((one) => one.field === field)!;
const twoDigits = (value: unknown): string => String(value).padStart(2, '0');

/** Wraps the settings of a campaign or a call in an agent, because the table reads and edits agents. */
function viewOf(settings: JsonObject): View {
  const document = newDocument('');
  const callSettings = { ...settings, window: settings['window'] ?? {} } as typeof document.callSettings;
  // Revision 1 marks existing settings, so that a value equal to the current one is not an edit.
  const agent = { id: '', workspaceId: '', number: 0, revision: 1, createdAt: '', updatedAt: '', document };
  return { agent: { ...agent, document: { ...document, callSettings } } as View['agent'], references: NO_REFERENCES };
}

export const formatLayer = (settings: JsonObject): contract.CallSettings =>
  format(callSettingsTable, viewOf(settings)) as contract.CallSettings;

/** The settings of a campaign or a call after a request changed them. */
export function parseLayer(sent: unknown, before: JsonObject, prefix?: string): JsonObject {
  const view = viewOf(before);
  const { callSettings } = parseCallSettings(sent, view, prefix).reduce(applyOne, view.agent.document);
  const { window, ...rest } = callSettings;
  return { ...rest, ...(Object.keys(window).length > 0 && { window }) };
}
