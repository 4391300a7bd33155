/** Tools of the workspace in Agntix's words. */
import { Fault, type Issue } from '../../../faults.ts';
import { isSchema, issuesOf } from '../../../lib/check.ts';
import type { Schema } from '../../../lib/schema.ts';
import { type JsonObject, same } from '../../../lib/values.ts';
import type { Tool, ToolSpec } from '../../../tools/tool.ts';
import * as contract from '../agents/contract.ts';

const isHttp = (spec: ToolSpec): boolean =>
  spec.kind === 'http' || (spec.kind === undefined && spec.http !== undefined);

/** Where a tool calls, and with which headers, is written and never shown: headers hold secrets. */
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

export const kindOf = (type: (typeof contract.TOOL_TYPES)[number]) => (type === 'API_TOOL' ? 'http' : 'function');

export function parseNewTool(body: JsonObject): ToolSpec {
  refuse(issuesOf(contract.CreateTool, body));
  const sent = body as contract.UpdateTool;
  const config = sent.type === 'API_TOOL' ? 'apiTool' : 'functionTool';
  refuse(sent[config] ? [] : [{ path: config, message: `is required for ${sent.type}`, rule: 'required' }]);
  return specOf(sent, { name: '', kind: kindOf(sent.type!) });
}

/** Only what differs from what is shown is a change. */
export function parseTool(body: JsonObject, before: Tool): ToolSpec {
  const shown = formatTool(before);
  const said = Object.fromEntries(Object.entries(body).filter(([field, value]) => !same(value, shown[field])));
  refuse(issuesOf(contract.UpdateTool, said));
  refuse('type' in said ? [{ path: 'type', message: 'cannot be changed', rule: 'fixed' }] : []);
  return specOf(said as contract.UpdateTool, before.spec);
}

function specOf(sent: contract.UpdateTool, before: ToolSpec): ToolSpec {
  const other = isHttp(before) ? 'functionTool' : 'apiTool';
  refuse(sent[other] ? [{ path: other, message: 'is not for this type of tool', rule: 'not' }] : []);
  const { apiTool } = sent;
  if (apiTool && !isAddress(apiTool.url))
    refuse([{ path: 'apiTool.url', message: 'must be an http or https address', rule: 'format' }]);
  if (sent.ajvPropertiesSchema && !isSchema(sent.ajvPropertiesSchema as Schema))
    refuse([{ path: 'ajvPropertiesSchema', message: 'must be a JSON Schema', rule: 'format' }]);
  const { metadata: had, ...rest } = before;
  // Null takes it away, as it does with what is said beforehand.
  const metadata = sent.metaData === undefined ? had : sent.metaData;
  return {
    ...rest,
    ...(sent.name !== undefined && { name: sent.name }),
    ...(sent.description !== undefined && { description: sent.description }),
    ...(apiTool && { http: httpOf(apiTool, before) }),
    ...(sent.functionTool && { function: sent.functionTool }),
    ...(sent.ajvPropertiesSchema && { inputSchema: sent.ajvPropertiesSchema }),
    ...(sent.preExecutionMessage !== undefined && { announcement: sent.preExecutionMessage }),
    ...(metadata && { metadata }),
  };
}

/** Replaces all that Agntix can say of a call; how it signs in is another tongue's word and stays. */
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

/** Arguments are filled in later, so a placeholder stands for any text; a leading one for the whole origin. */
function isAddress(url: string): boolean {
  const filled = url.replace(/^\{\{\w+\}\}/, 'https://x').replace(/\{\{[\w.]+\}\}|\{[\w.]+\}/g, 'x');
  return /^https?:\/\//i.test(filled) && URL.canParse(filled);
}

/**
 * The sentence only, without issues: these fields are the tool's, and the agent's table must not take `name` for the
 * name of an agent.
 */
function refuse(issues: readonly Issue[]): void {
  const [first] = issues;
  if (first) throw new Fault('invalid_value', { message: `${first.path} ${first.message}`.trim() });
}
