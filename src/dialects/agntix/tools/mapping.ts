/** Tools as Agntix writes and shows them. */

import { Fault, type Issue } from '../../../faults.ts';
import { isSchema, issuesOf } from '../../../lib/check.ts';
import type { Schema } from '../../../lib/schema.ts';
import { type JsonObject, same } from '../../../lib/values.ts';
import type { Tool, ToolSpec } from '../../../tools/tool.ts';
import * as contract from './contract.ts';

const isHttp = (spec: ToolSpec): boolean =>
  spec.kind === 'http' || (spec.kind === undefined && spec.http !== undefined);

/** Answers never show a tool's URL and headers, because headers contain secrets. */
export function formatTool({ id, workspaceId, spec, createdAt, updatedAt }: Tool): JsonObject {
  return {
    id,
    name: spec.name,
    description: spec.description ?? null,
    type: isHttp(spec) ? 'API_TOOL' : 'FUNCTION_TOOL',
    ajvPropertiesSchema: spec.inputSchema ?? null,
    preExecutionMessage: spec.announcement ?? null,
    metaData: spec.metadata ?? null,
    orgId: workspaceId,
    createdAt,
    updatedAt,
  };
}

const kindOf = (type: (typeof contract.TOOL_TYPES)[number]) => (type === 'API_TOOL' ? 'http' : 'function');

export const parseFilter = ({ search, type }: contract.ToolListQuery) => ({
  ...(search && { search }),
  ...(type && { kind: kindOf(type) }),
});

export function parseNewTool(body: JsonObject): ToolSpec {
  refuse(issuesOf(contract.CreateTool, body));
  const fields = body as contract.UpdateTool;
  const config = fields.type === 'API_TOOL' ? 'apiTool' : 'functionTool';
  refuse(fields[config] ? [] : [{ path: config, message: `is required for ${fields.type}`, rule: 'required' }]);
  return specOf(fields, { name: '', kind: kindOf(fields.type!) });
}

/** Values equal to those shown are not changes. */
export function parseTool(body: JsonObject, before: Tool): ToolSpec {
  const current = formatTool(before);
  const changes = Object.fromEntries(Object.entries(body).filter(([field, value]) => !same(value, current[field])));
  refuse(issuesOf(contract.UpdateTool, changes));
  refuse('type' in changes ? [{ path: 'type', message: 'cannot be changed', rule: 'fixed' }] : []);
  return specOf(changes as contract.UpdateTool, before.spec);
}

function specOf(fields: contract.UpdateTool, before: ToolSpec): ToolSpec {
  const other = isHttp(before) ? 'functionTool' : 'apiTool';
  refuse(fields[other] ? [{ path: other, message: 'is not for this type of tool', rule: 'not' }] : []);
  const { apiTool } = fields;
  if (apiTool && !isAddress(apiTool.url))
    refuse([{ path: 'apiTool.url', message: 'must be an http or https address', rule: 'format' }]);
  if (fields.ajvPropertiesSchema && !isSchema(fields.ajvPropertiesSchema as Schema))
    refuse([{ path: 'ajvPropertiesSchema', message: 'must be a JSON Schema', rule: 'format' }]);
  const { metadata: previous, ...rest } = before;
  // Null clears the metadata, as it clears `preExecutionMessage`.
  const metadata = fields.metaData === undefined ? previous : fields.metaData;
  return {
    ...rest,
    ...(fields.name !== undefined && { name: fields.name }),
    ...(fields.description !== undefined && { description: fields.description }),
    ...(apiTool && { http: httpOf(apiTool, before) }),
    ...(fields.functionTool && { function: fields.functionTool }),
    ...(fields.ajvPropertiesSchema && { inputSchema: fields.ajvPropertiesSchema }),
    ...(fields.preExecutionMessage !== undefined && { announcement: fields.preExecutionMessage }),
    ...(metadata && { metadata }),
  };
}

/** Replaces every field that Agntix can set. Credentials that another API set stay. */
function httpOf({ url, method, headers, params, body }: contract.ApiTool, { http }: ToolSpec): ToolSpec['http'] {
  return {
    url,
    method,
    ...(headers && { headers }),
    ...(params && { query: params }),
    ...(body && { body }),
    ...(http?.auth && { auth: http.auth }),
  };
}

/** A placeholder stands for any text, and a leading one for the whole origin. */
function isAddress(url: string): boolean {
  const example = url.replace(/^\{\{\w+\}\}/, 'https://x').replace(/\{\{[\w.]+\}\}|\{[\w.]+\}/g, 'x');
  return /^https?:\/\//i.test(example) && URL.canParse(example);
}

/** Throws a message without issues: the fault handler would map their paths, such as `name`, as fields of an agent. */
function refuse(issues: readonly Issue[]): void {
  const [first] = issues;
  if (first) throw new Fault('invalid_value', { message: `${first.path} ${first.message}`.trim() });
}
