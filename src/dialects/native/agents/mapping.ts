/** Agents natively. A merge patch becomes edits by walking the schema of the document. */

import { applyPatch, type Operation } from 'rfc6902';
import {
  type Agent,
  AgentDocument,
  defaultProfile,
  type SubAgent,
  type ToolAttachment,
} from '../../../agents/agent.ts';
import { DEFAULT_PROFILE, type Edit, merge, set, unset } from '../../../agents/change/edit.ts';
import { valueAt } from '../../../agents/change/rows.ts';
import { Profile } from '../../../agents/profile.ts';
import type { ReferenceIds, View } from '../../../agents/view.ts';
import { Fault, type Issue, invalid, invalidAt } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import type { Schema } from '../../../lib/schema.ts';
import { slugOf } from '../../../lib/text.ts';
import { isObject, type JsonObject, mergePatch, mergePatchBetween, same } from '../../../lib/values.ts';
import { unmaskedTool } from '../../../tools/secrets.ts';
import { ToolSpec } from '../../../tools/tool.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { Identity } from './contract.ts';

export function formatAgent({ agent }: View): JsonObject {
  const { document, ...identity } = agent;
  return { ...identity, ...document };
}

/** The references in a body that must be looked up before it is parsed. */
export function referencesOf(body: unknown): ReferenceIds {
  const children = Array.isArray(body)
    ? body.flatMap((step) => (isObject(step) ? step['value'] : []))
    : childrenIn(body);
  return {
    agentIds: children.flatMap((child) =>
      isObject(child) && typeof child['agentId'] === 'string' ? child['agentId'] : [],
    ),
  };
}

const childrenIn = (body: unknown): unknown[] =>
  isObject(body) && Array.isArray(body['subAgents']) ? body['subAgents'] : [];

/** A receipt or a label that was in an answer may be sent back. */
const isCompanion = (key: string): boolean => key === 'receipt' || key === 'label';

/** The edits of a merge patch. Unknown fields are refused, so that a typing error is noticed. */
export function parseAgent(body: JsonObject, view: View): Edit[] {
  const issues: Issue[] = [];
  const edits: Edit[] = [];
  const walker: Walker = { view, issues, edits };
  const isIdentity = (key: string) => Object.hasOwn(Identity.properties, key) || isCompanion(key);
  for (const [key, value] of Object.entries(body)) {
    if (!isIdentity(key) || isCompanion(key)) continue;
    if (view.agent.revision > 0 && !same(value, view.agent[key as keyof Agent] ?? null))
      issues.push({ path: key, message: 'cannot be changed', rule: 'fixed' });
  }
  if (view.agent.revision === 0 && body['name'] === undefined)
    issues.push({ path: 'name', message: 'is required', rule: 'required' });
  const fields = Object.fromEntries(Object.entries(body).filter(([key]) => !isIdentity(key)));
  walk(AgentDocument, fields, '', walker);
  if (issues.length > 0) throw invalid(issues);
  return edits;
}

/** The merge patch with the same effect as a JSON Patch (RFC 6902) on the caller's view. */
export function patched(operations: readonly unknown[], view: View): JsonObject {
  const before = formatAgent(view) as JsonObject;
  const after = structuredClone(before);
  const defaultId = defaultProfile(view.agent.document)?.id;
  const steps = operations.map((step, index) => concrete(step, index, defaultId));
  const errors = applyPatch(after, steps as Operation[]);
  const at = errors.findIndex((error) => error !== null);
  if (at < 0) return mergePatchBetween(before, after);
  const message = errors[at]!.message;
  if (errors[at]!.name === 'TestError')
    throw new Fault('precondition_failed', { message: `Operation ${at}: ${message}.` });
  throw invalid([{ path: String(at), message: `cannot be done: ${message}`, rule: 'patch' }]);
}

/** RFC 6901: empty, or a slash before every segment, with `~` written as `~0` and `/` as `~1`. */
const POINTER = /^(\/([^~/]|~[01])*)*$/;

/** The operation with `@default` in its pointers resolved. */
function concrete(step: unknown, index: number, defaultId: string | undefined): unknown {
  if (!isObject(step) || typeof step['op'] !== 'string' || typeof step['path'] !== 'string')
    throw invalidAt('', 'must be a list of operations with op and path', 'patch');
  const resolve = (name: 'path' | 'from') => {
    const place = step[name];
    if (typeof place !== 'string' || !POINTER.test(place))
      throw invalidAt(`${index}.${name}`, 'must be a JSON Pointer like /metadata/plan', 'format');
    return defaultId ? place.replace(/^\/profiles\/@default(?=\/|$)/, `/profiles/${defaultId}`) : place;
  };
  return { ...step, path: resolve('path'), ...(step['from'] !== undefined && { from: resolve('from') }) };
}

/** A receipt with JSON Pointers. */
export function formatReceipt({ receipts }: Pick<Caller, 'receipts'>): JsonObject {
  const [receipt] = receipts;
  const pointers = (paths: readonly string[]) => paths.map((path) => `/${path.replaceAll('.', '/')}`);
  return {
    revision: receipt?.revision ?? null,
    changed: pointers(receipt?.changed ?? []),
    unchanged: pointers(receipt?.unchanged ?? []),
    ignored: [],
    liveConversations: receipt?.liveConversations ?? 0,
  };
}

interface Walker {
  view: View;
  issues: Issue[];
  edits: Edit[];
}

function walk(schema: Schema, patch: JsonObject, at: string, walker: Walker): void {
  for (const [key, value] of Object.entries(patch)) {
    const path = at ? `${at}.${key}` : key;
    const inner = schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
    if (!inner) walker.issues.push({ path, message: 'is not a known field', rule: 'additionalProperties' });
    else field(inner, value, path, walker);
  }
}

function field(schema: Schema, value: unknown, path: string, walker: Walker): void {
  const { view, issues, edits } = walker;
  const fact = schema['x-fact'];
  const refuse = (message: string, rule: string) => issues.push({ path, message, rule });
  if (fact === 'dictionary') {
    if (!isObject(value)) refuse('must be an object', 'type');
    else profiles(value, walker);
    return;
  }
  const isGroup = fact === undefined && schema.properties !== undefined;
  if (isGroup) {
    if (value === null) clear(schema, path, walker);
    else if (isObject(value)) walk(schema, value, path, walker);
    else refuse('must be an object', 'type');
    return;
  }
  if (fact === 'map') {
    if (value === null) edits.push(set(path, {}));
    else if (isObject(value)) edits.push(merge(path, value));
    else refuse('must be an object', 'type');
    return;
  }
  const current = valueAt(view, path);
  // A copied agent contains read-only fields that the server writes again.
  if (fact === 'computed' && current === undefined) return;
  if (fact === 'computed' || (fact === 'fixed' && view.agent.revision > 0)) {
    if (!same(value, current ?? null)) refuse('cannot be changed', 'fixed');
    return;
  }
  if (value === null) {
    if (fact === 'clearable' || fact === 'inherits') edits.push(unset(path));
    else refuse('must not be null', 'type');
    return;
  }
  const meant = completed(path, value, view);
  const wrong = issuesOf(schema, meant, path);
  if (wrong.length > 0) issues.push(...wrong);
  else edits.push(set(path, meant));
}

function profiles(patch: JsonObject, walker: Walker): void {
  for (const [id, value] of Object.entries(patch)) {
    const path = `profiles.${id}`;
    const known = id === DEFAULT_PROFILE || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
    if (!known) walker.issues.push({ path, message: 'must be kept under a UUID or @default', rule: 'format' });
    else if (value === null) walker.edits.push(unset(path));
    else if (isObject(value)) walk(Profile, value, path, walker);
    else walker.issues.push({ path, message: 'must be an object', rule: 'type' });
  }
}

/** A group set to null: its optional fields are unset and its free-form maps emptied. */
function clear(schema: Schema, path: string, walker: Walker): void {
  for (const [key, inner] of Object.entries(schema.properties ?? {})) {
    const fact = inner['x-fact'];
    if (fact === 'clearable' || fact === 'inherits') walker.edits.push(unset(`${path}.${key}`));
    else if (fact === 'map') walker.edits.push(set(`${path}.${key}`, {}));
    else if (fact === undefined && inner.properties) clear(inner, `${path}.${key}`, walker);
  }
}

/** Fields that a list item omits are taken from the current item, or get their defaults. */
function completed(path: string, value: unknown, view: View): unknown {
  if (!Array.isArray(value)) return value;
  if (path === 'tools')
    return value.map(
      (item) => (isObject(item) ? { channels: ['voice', 'text'], config: {}, ...item } : item) as ToolAttachment,
    );
  if (path === 'subAgents') return value.map((item) => (isObject(item) ? subAgent(item, view) : item));
  return value;
}

function subAgent(item: JsonObject, { agent, references }: View): Partial<SubAgent> {
  const agentId = String(item['agentId']);
  const known = agent.document.subAgents.find((child) => child.agentId === agentId);
  const name = references.agents.get(agentId)?.document.name ?? agentId;
  return { id: known?.id ?? agentId, slug: known?.slug ?? slugOf(name), ...item };
}

/** A tool after a merge patch; masks that are sent back keep the secret. */
export function parseTool(patch: JsonObject, before: ToolSpec): ToolSpec {
  const after = mergePatch(before, patch);
  const issues = issuesOf(ToolSpec, after);
  if (issues.length > 0) throw invalid(issues);
  return unmaskedTool(after as ToolSpec, before);
}
