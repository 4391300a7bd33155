/** Turns a merge patch (RFC 7396) of an agent into edits, by walking the schema of the document. */
import { AgentDocument, type SubAgent, type ToolAttachment } from '../../../agents/agent.ts';
import { DEFAULT_PROFILE, type Edit, merge, set, unset } from '../../../agents/change/edit.ts';
import { valueAt } from '../../../agents/change/rows.ts';
import { Profile } from '../../../agents/profile.ts';
import type { View } from '../../../agents/view.ts';
import type { Issue } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import type { Schema } from '../../../lib/schema.ts';
import { slugOf } from '../../../lib/text.ts';
import { isObject, type JsonObject, same } from '../../../lib/values.ts';

/** What the walk collects: every issue, and the edits of the fields without one. */
interface Walk {
  view: View;
  issues: Issue[];
  edits: Edit[];
}

/** Unknown fields are issues, so that the client notices a typing error. */
export function parseMergePatch(patch: JsonObject, view: View): { issues: Issue[]; edits: Edit[] } {
  const walk: Walk = { view, issues: [], edits: [] };
  walkObject(AgentDocument, patch, '', walk);
  return walk;
}

function walkObject(schema: Schema, patch: JsonObject, at: string, walk: Walk): void {
  for (const [key, value] of Object.entries(patch)) {
    const path = at ? `${at}.${key}` : key;
    const inner = schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
    if (!inner) walk.issues.push({ path, message: 'is not a known field', rule: 'additionalProperties' });
    else walkField(inner, value, path, walk);
  }
}

function walkField(schema: Schema, value: unknown, path: string, walk: Walk): void {
  const fact = schema['x-fact'];
  const isGroup = fact === undefined && schema.properties !== undefined;
  const mustBeObject = fact === 'dictionary' || fact === 'map' || isGroup;
  if (mustBeObject && !isObject(value) && (value !== null || fact === 'dictionary'))
    walk.issues.push({ path, message: 'must be an object', rule: 'type' });
  else if (fact === 'dictionary') walkProfiles(value as JsonObject, walk);
  else if (fact === 'map') walk.edits.push(value === null ? set(path, {}) : merge(path, value as JsonObject));
  else if (!isGroup) walkValue(schema, value, path, walk);
  else if (value === null) clearGroup(schema, path, walk);
  else walkObject(schema, value as JsonObject, path, walk);
}

function walkValue(schema: Schema, value: unknown, path: string, { view, issues, edits }: Walk): void {
  const fact = schema['x-fact'];
  const current = valueAt(view, path);
  // A client that copies an agent sends read-only fields, which the server writes again.
  if (fact === 'computed' && current === undefined) return;
  if (fact === 'computed' || (fact === 'fixed' && view.agent.revision > 0)) {
    if (!same(value, current ?? null)) issues.push({ path, message: 'cannot be changed', rule: 'fixed' });
    return;
  }
  if (value === null) {
    if (fact === 'clearable' || fact === 'inherits') edits.push(unset(path));
    else issues.push({ path, message: 'must not be null', rule: 'type' });
    return;
  }
  const completed = withItemDefaults(path, value, view);
  const found = issuesOf(schema, completed, path);
  if (found.length > 0) issues.push(...found);
  else edits.push(set(path, completed));
}

function walkProfiles(patch: JsonObject, walk: Walk): void {
  for (const [id, value] of Object.entries(patch)) {
    const path = `profiles.${id}`;
    const isKey = id === DEFAULT_PROFILE || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
    if (!isKey) walk.issues.push({ path, message: 'must have a UUID or @default as its key', rule: 'format' });
    else if (value === null) walk.edits.push(unset(path));
    else if (isObject(value)) walkObject(Profile, value, path, walk);
    else walk.issues.push({ path, message: 'must be an object', rule: 'type' });
  }
}

/** Null for a group unsets its optional fields and empties its free-form maps. */
function clearGroup(schema: Schema, path: string, walk: Walk): void {
  for (const [key, inner] of Object.entries(schema.properties ?? {})) {
    const fact = inner['x-fact'];
    if (fact === 'clearable' || fact === 'inherits') walk.edits.push(unset(`${path}.${key}`));
    else if (fact === 'map') walk.edits.push(set(`${path}.${key}`, {}));
    else if (fact === undefined && inner.properties) clearGroup(inner, `${path}.${key}`, walk);
  }
}

/** Fields that an item of a list omits come from the current item, or get their defaults. */
function withItemDefaults(path: string, value: unknown, view: View): unknown {
  if (!Array.isArray(value)) return value;
  if (path === 'tools')
    return value.map(
      (item) => (isObject(item) ? { channels: ['voice', 'text'], config: {}, ...item } : item) as ToolAttachment,
    );
  if (path === 'subAgents') return value.map((item) => (isObject(item) ? subAgentWithDefaults(item, view) : item));
  return value;
}

function subAgentWithDefaults(item: JsonObject, { agent, references }: View): Partial<SubAgent> {
  const agentId = String(item['agentId']);
  const current = agent.document.subAgents.find((child) => child.agentId === agentId);
  const name = references.agents.get(agentId)?.document.name ?? agentId;
  return { id: current?.id ?? agentId, slug: current?.slug ?? slugOf(name), ...item };
}
