/** Rules of the world: what must be true of an agent whoever speaks of it. Pure; the dialects word the refusal. */
import type { Issue } from '../faults.ts';
import { issuesOf, mapIssues } from '../lib/check.ts';
import type { MapLimits, Schema } from '../lib/schema.ts';
import { isTimeZone } from '../lib/text.ts';
import { isObject, type JsonObject } from '../lib/values.ts';
import { AgentDocument } from './agent.ts';

/**
 * `before`: the document that this one was made of, which was in order. Its parts that did not move are taken on trust:
 * most changes touch one group of twenty.
 */
export function checkAgent(document: AgentDocument, before?: AgentDocument): Issue[] {
  const shape = movedIssues(AgentDocument, document, before, '');
  if (shape.length > 0) return shape;
  const opened = FREE_FORM_MAPS.filter(({ path: [part] }) => document[part as Part] !== before?.[part as Part]);
  return [
    ...freeFormMaps(document, opened),
    ...profiles(document),
    ...channels(document),
    ...hours(document),
    ...outcomes(document),
  ];
}

type Part = keyof AgentDocument;

/**
 * What is wrong with the shape of what moved. An object of the model is no more than its fields, so each of them can be
 * judged without the others.
 */
function movedIssues(schema: Schema, after: unknown, before: unknown, at: string): Issue[] {
  if (after === before) return [];
  if (!isObject(after) || !isObject(before) || !isJudgedByField(schema, after, before))
    return issuesOf(schema, after, at);
  const issues: Issue[] = [];
  for (const key of schema.required ?? [])
    if (after[key] === undefined) issues.push({ path: join(at, key), message: 'is required', rule: 'required' });
  for (const key of Object.keys(after)) {
    const [is, was] = [after[key], before[key]];
    if (is === was) continue;
    const field = fieldOf(schema, key);
    if (!field) issues.push({ path: join(at, key), message: 'is not a known field', rule: 'additionalProperties' });
    else if (is !== undefined) issues.push(...movedIssues(field, is, was, join(at, key)));
  }
  return issues;
}

const join = (at: string, key: string): string => (at && key ? `${at}.${key}` : at || key);

/** Named fields and no others, or as many under keys of their own as there were. */
const isJudgedByField = (schema: Schema, after: JsonObject, before: JsonObject): boolean =>
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

/** Where a document keeps maps; found once, because every change of every agent is checked against it. */
const FREE_FORM_MAPS = freeFormMapsOf(AgentDocument, []);

function freeFormMapsOf(schema: Schema, path: string[]): FreeFormMap[] {
  if (schema['x-fact'] === 'map') return [{ path, limits: schema['x-limits'] as MapLimits }];
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => freeFormMapsOf(inner, [...path, key]));
}

const freeFormMaps = (document: AgentDocument, opened: readonly FreeFormMap[]): Issue[] =>
  opened.flatMap(({ path, limits }) => {
    const kept = path.reduce<unknown>((node, key) => (isObject(node) ? node[key] : undefined), document);
    return mapIssues(limits, kept, path.join('.'));
  });

function profiles(document: AgentDocument): Issue[] {
  const all = Object.entries(document.profiles);
  const issues = all
    .filter(([key, profile]) => key !== profile.id)
    .map(([key]) => ({ path: `profiles.${key}.id`, message: 'must be the key it is kept under', rule: 'const' }));
  const defaults = all.filter(([, profile]) => profile.default).length;
  if (all.length > 0 && defaults !== 1)
    issues.push({ path: 'profiles', message: 'must have exactly one default', rule: 'default' });
  return issues;
}

function channels(document: AgentDocument): Issue[] {
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

/** Whoever wants to know whether something was solved has to say what solved is, and what is not. */
function outcomes({ callSettings }: AgentDocument): Issue[] {
  const { resolutionAnalysis, resolutions } = callSettings;
  if (!resolutionAnalysis || !resolutions) return [];
  const missing = (['success', 'failed'] as const).filter(
    (outcome) => !resolutions.some(({ classification }) => classification === outcome),
  );
  if (missing.length === 0) return [];
  const message = `must have at least one with the classification ${missing.join(' and one with ')}`;
  return [{ path: 'callSettings.resolutions', message, rule: 'contains' }];
}

function hours(document: AgentDocument): Issue[] {
  const timezone = document.telephony.businessHours?.timezone;
  if (timezone === undefined || isTimeZone(timezone)) return [];
  return [{ path: 'telephony.businessHours.timezone', message: 'must be an IANA time zone', rule: 'format' }];
}
