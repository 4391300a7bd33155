/** The agent's layer of the call settings: hours and minutes are Kejue's, one time of day is ours. */

import { newDocument } from '../../../agents/agent.ts';
import { applyOne } from '../../../agents/change/apply.ts';
import { type Edit, set, unset } from '../../../agents/change/edit.ts';
import { type Codec, format, parse, type Row, row, shown, table } from '../../../agents/change/rows.ts';
import { NO_REFERENCES, type View } from '../../../agents/view.ts';
import { type Issue, invalid, invalidAt } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import { isObject, type JsonObject, same } from '../../../lib/values.ts';
import { together } from '../shared.ts';
import * as contract from './contract.ts';

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

/** Merged by key; a null inside clears that key, a null for the whole clears the layer. */
export function parseCallSettings(sent: unknown, view: View, prefix = 'call_settings'): Edit[] {
  if (sent === undefined) return [];
  if (sent === null) {
    const paths = new Set(callSettingsTable.rows.map((one) => `callSettings.${one.path}`));
    return [...paths].map((path) => unset(path));
  }
  if (!isObject(sent)) throw invalidAt(prefix, 'must be an object', 'type');
  return together(
    () => parse(callSettingsTable, sent, view, prefix),
    () => parseWindow('start', sent, view, prefix),
    () => parseWindow('end', sent, view, prefix),
  );
}

/** An hour of null clears the time with its minute; a minute means nothing without an hour. */
function parseWindow(side: 'start' | 'end', sent: JsonObject, view: View, prefix: string): Edit[] {
  const [hourField, minuteField] = [`call_${side}_hour`, `call_${side}_minute`] as const;
  const rowOf = (field: string): Row => callSettingsTable.rows.find((one) => one.field === field)!;
  const issues: Issue[] = [];
  const meant = (field: string): unknown => {
    const before = shown(rowOf(field), view, callSettingsTable.base);
    const value = sent[field];
    if (value === undefined || same(value, before)) return before;
    if (value === null) return undefined;
    issues.push(...issuesOf(callSettingsTable.schemas.get(field)!, value, `${prefix}.${field}`));
    return value;
  };
  const [hours, minutes] = [meant(hourField), meant(minuteField)];
  if (issues.length > 0) throw invalid(issues);
  const path = `callSettings.window.${side}`;
  if (hours === undefined) {
    if (sent[minuteField] != null && sent[hourField] !== null)
      throw invalidAt(`${prefix}.${minuteField}`, `needs ${hourField}`, 'dependentRequired');
    return [unset(path)];
  }
  if (hours === 24 && Number(minutes ?? 0) > 0)
    throw invalidAt(`${prefix}.${minuteField}`, `must be 0 when ${hourField} is 24`, 'maximum');
  const two = (value: unknown) => String(value).padStart(2, '0');
  return [set(path, minutes === undefined ? two(hours) : `${two(hours)}:${two(minutes)}`)];
}

/** A layer that is not an agent's, as an agent would have it: a campaign's, or that of one call. */
const viewOf = (layer: JsonObject): View => {
  const document = newDocument('');
  const callSettings = { ...layer, window: layer['window'] ?? {} } as typeof document.callSettings;
  // Something is there already, so that what is shown and comes back is not a change.
  const agent = { id: '', workspaceId: '', number: 0, revision: 1, createdAt: '', updatedAt: '', document };
  return { agent: { ...agent, document: { ...document, callSettings } } as View['agent'], references: NO_REFERENCES };
};

export const formatLayer = (layer: JsonObject): JsonObject => format(callSettingsTable, viewOf(layer));

/** What the layer becomes by what was sent. */
export function parseLayer(sent: unknown, before: JsonObject, prefix?: string): JsonObject {
  const view = viewOf(before);
  const { callSettings } = parseCallSettings(sent, view, prefix).reduce(applyOne, view.agent.document);
  const { window, ...rest } = callSettings;
  return { ...rest, ...(Object.keys(window).length > 0 && { window }) };
}
