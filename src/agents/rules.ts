/** The rules that every agent must satisfy, in every dialect. Pure. */
import type { Issue } from '../faults.ts';
import { issuesOf, mapIssues } from '../lib/check.ts';
import type { MapLimits, Schema } from '../lib/schema.ts';
import { isTimeZone } from '../lib/text.ts';
import { isObject, type JsonObject } from '../lib/values.ts';
import { AgentDocument } from './agent.ts';

/**
 * The issues of a document. `before` is the valid document that it was made from: unchanged parts are not checked again,
 * because most updates change one group of twenty.
 */
export function checkAgent(document: AgentDocument, before?: AgentDocument): Issue[] {
  const shapeIssues = changedIssues(AgentDocument, document, before, '');
  if (shapeIssues.length > 0) return shapeIssues;
  const changedMaps = FREE_FORM_MAPS.filter(
    ({ path: [group] }) => document[group as Group] !== before?.[group as Group],
  );
  return [
    ...mapLimitIssues(document, changedMaps),
    ...profileIssues(document),
    ...channelIssues(document),
    ...timeZoneIssues(document),
    ...resolutionIssues(document),
  ];
}

type Group = keyof AgentDocument;

/**
 * Checks the values that changed against the schema. The schema of an object constrains nothing beyond its fields, so
 * each field is checked on its own.
 */
function changedIssues(schema: Schema, after: unknown, before: unknown, at: string): Issue[] {
  if (after === before) return [];
  if (!isObject(after) || !isObject(before) || !isCheckedByField(schema, after, before))
    return issuesOf(schema, after, at);
  const issues: Issue[] = [];
  for (const key of schema.required ?? [])
    if (after[key] === undefined) issues.push({ path: join(at, key), message: 'is required', rule: 'required' });
  for (const key of Object.keys(after)) {
    const [value, old] = [after[key], before[key]];
    if (value === old) continue;
    const field = fieldOf(schema, key);
    if (!field) issues.push({ path: join(at, key), message: 'is not a known field', rule: 'additionalProperties' });
    else if (value !== undefined) issues.push(...changedIssues(field, value, old, join(at, key)));
  }
  return issues;
}

const join = (at: string, key: string): string => (at && key ? `${at}.${key}` : at || key);

/** An object with named fields, or a dictionary that has not grown: a larger one must be checked against its limit. */
const isCheckedByField = (schema: Schema, after: JsonObject, before: JsonObject): boolean =>
  schema.properties !== undefined ||
  (isObject(schema['additionalProperties']) && Object.keys(after).length <= Object.keys(before).length);

function fieldOf({ properties, additionalProperties }: Schema, key: string): Schema | undefined {
  if (properties) return Object.hasOwn(properties, key) ? properties[key] : undefined;
  return additionalProperties as Schema;
}

interface FreeFormMap {
  path: string[];
  limits: MapLimits;
}

/** The free-form maps of a document; found once, because every update is checked against them. */
const FREE_FORM_MAPS = freeFormMapsOf(AgentDocument, []);

function freeFormMapsOf(schema: Schema, path: string[]): FreeFormMap[] {
  if (schema['x-fact'] === 'map') return [{ path, limits: schema['x-limits'] as MapLimits }];
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => freeFormMapsOf(inner, [...path, key]));
}

const mapLimitIssues = (document: AgentDocument, maps: readonly FreeFormMap[]): Issue[] =>
  maps.flatMap(({ path, limits }) => {
    const map = path.reduce<unknown>((node, key) => (isObject(node) ? node[key] : undefined), document);
    return mapIssues(limits, map, path.join('.'));
  });

function profileIssues(document: AgentDocument): Issue[] {
  const all = Object.entries(document.profiles);
  const issues = all
    .filter(([key, profile]) => key !== profile.id)
    .map(([key]) => ({ path: `profiles.${key}.id`, message: 'must be the same as its key', rule: 'const' }));
  const defaults = all.filter(([, profile]) => profile.default).length;
  if (all.length > 0 && defaults !== 1)
    issues.push({ path: 'profiles', message: 'must have exactly one default', rule: 'default' });
  return issues;
}

function channelIssues(document: AgentDocument): Issue[] {
  const issues: Issue[] = [];
  if (document.voiceEnabled && document.pipelineMode === undefined)
    issues.push({ path: 'pipelineMode', message: 'is required while voice is enabled', rule: 'required' });
  if (document.interview.type === 'phone' && document.telephony.callerNumberId === undefined)
    issues.push({ path: 'telephony.callerNumberId', message: 'is required for phone interviews', rule: 'required' });
  for (const [i, tool] of document.tools.entries()) {
    if (tool.channels.includes('voice') && tool.channels.includes('post-call'))
      issues.push({ path: `tools.${i}.channels`, message: 'cannot have voice and post-call at once', rule: 'not' });
  }
  return issues;
}

/** The analysis of resolutions needs at least one resolution that counts as a success, and one that does not. */
function resolutionIssues({ callSettings }: AgentDocument): Issue[] {
  const { resolutionAnalysis, resolutions } = callSettings;
  if (!resolutionAnalysis || !resolutions) return [];
  const missing = (['success', 'failed'] as const).filter(
    (outcome) => !resolutions.some(({ classification }) => classification === outcome),
  );
  if (missing.length === 0) return [];
  const message = `must have at least one with the classification ${missing.join(' and one with ')}`;
  return [{ path: 'callSettings.resolutions', message, rule: 'contains' }];
}

function timeZoneIssues(document: AgentDocument): Issue[] {
  const timezone = document.telephony.businessHours?.timezone;
  if (timezone === undefined || isTimeZone(timezone)) return [];
  return [{ path: 'telephony.businessHours.timezone', message: 'must be an IANA time zone', rule: 'format' }];
}
