/** Agents in the native API: the document of the agent is the body. */
import { type Agent, defaultProfile } from '../../../agents/agent.ts';
import type { Edit } from '../../../agents/change/edit.ts';
import type { ReferenceIds, View } from '../../../agents/view.ts';
import { type Issue, invalid } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { isUuid } from '../../../lib/text.ts';
import { isObject, type JsonObject, same } from '../../../lib/values.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { decodeCursor, invalidCursor } from '../paging.ts';
import { invalidQuery } from '../shared.ts';
import { type AgentListQuery, type AgentQuery, Identity } from './contract.ts';
import { toMergePatch } from './json-patch.ts';
import { parseMergePatch } from './merge-patch.ts';

export function formatAgent({ agent }: View): JsonObject {
  const { document, ...identity } = agent;
  return { ...identity, ...document };
}

/** The answer to a write. The caller holds the receipt of its own request. */
export const formatWritten = (view: View, caller: Caller): JsonObject => ({
  ...formatAgent(view),
  receipt: formatReceipt(caller),
});

/** A receipt with JSON Pointers. */
function formatReceipt({ receipts }: Pick<Caller, 'receipts'>): JsonObject {
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

/** The sub-agents that a body names. Their names are looked up before the body is parsed. */
export function referencesOf(body: unknown): ReferenceIds {
  const subAgents = Array.isArray(body)
    ? body.flatMap((operation) => (isObject(operation) ? operation['value'] : []))
    : subAgentsIn(body);
  return {
    agentIds: subAgents.flatMap((item) =>
      isObject(item) && typeof item['agentId'] === 'string' ? item['agentId'] : [],
    ),
  };
}

const subAgentsIn = (body: unknown): unknown[] =>
  isObject(body) && Array.isArray(body['subAgents']) ? body['subAgents'] : [];

const isJsonPatch = (contentType = ''): boolean => /^application\/json-patch\+json/i.test(contentType);

/** The edits of a merge patch or a JSON Patch; the content type tells which one it is. */
export function parsePatch(body: unknown, contentType: string | undefined, view: View): Edit[] {
  if (!isJsonPatch(contentType)) return parseAgent(asObject(body), view);
  return parseAgent(toMergePatch(body, formatAgent(view), defaultProfile(view.agent.document)?.id), view);
}

/** A client may send the receipt or the label of an answer back. */
const isCompanion = (key: string): boolean => key === 'receipt' || key === 'label';
const isIdentity = (key: string): boolean => Object.hasOwn(Identity.properties, key);

/** The edits of a merge patch. The identity may be repeated, but not changed. */
export function parseAgent(body: JsonObject, view: View): Edit[] {
  const fields = Object.entries(body).filter(([key]) => !isIdentity(key) && !isCompanion(key));
  const { issues, edits } = parseMergePatch(Object.fromEntries(fields), view);
  const found = [...identityIssues(body, view), ...issues];
  if (found.length > 0) throw invalid(found);
  return edits;
}

/** Revision 0 is an agent that is being created: it has no identity yet, and needs a name. */
function identityIssues(body: JsonObject, { agent }: View): Issue[] {
  if (agent.revision === 0)
    return body['name'] === undefined ? [{ path: 'name', message: 'is required', rule: 'required' }] : [];
  return Object.entries(body)
    .filter(([key, value]) => isIdentity(key) && !same(value, agent[key as keyof Agent] ?? null))
    .map(([key]) => ({ path: key, message: 'cannot be changed', rule: 'fixed' }));
}

/** @throws Fault `invalid_query` where the query has a label and a revision */
export function parseSelection(query: AgentQuery): AgentQuery {
  if (query.label !== undefined && query.revision !== undefined)
    throw invalidQuery('label', 'cannot go with revision', 'not');
  return query;
}

/** Filter and page of a list that is ordered by the time of creation. */
export function parseListQuery({ limit, cursor, status, ...filter }: AgentListQuery) {
  const [createdAt = '', id = ''] = cursor ? decodeCursor(cursor).split(' ') : [];
  if (cursor && !isUuid(id)) throw invalidCursor();
  return {
    limit,
    filter: { ...filter, ...(status && { status: [status] }) },
    after: cursor ? { after: { createdAt, id } } : {},
  };
}

export const placeInList = ({ agent }: View): string => `${agent.createdAt} ${agent.id}`;
