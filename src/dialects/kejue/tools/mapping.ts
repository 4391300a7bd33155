/** Maps Kejue's custom HTTP tools to the tools of the workspace. Answers mask their secrets. */
import { isObject, type JsonObject, same } from '../../../lib/values.ts';
import { maskedTool, unmaskedTool } from '../../../tools/secrets.ts';
import type { Tool, ToolSpec } from '../../../tools/tool.ts';
import { checkShape } from '../shared.ts';
import * as contract from './contract.ts';

const TIMEOUT_MS = 30_000;

/** Kejue's name, ours, the default, and whether null keeps or clears the value. */
const FIELDS = [
  ['name', 'name', null, 'keep'],
  ['timeout', 'timeoutMs', TIMEOUT_MS, 'keep'],
  ['retry_count', 'retries', 0, 'keep'],
  ['display_name', 'displayName', null, 'unset'],
  ['description', 'description', null, 'unset'],
  ['response_schema', 'responseSchema', null, 'unset'],
  ['precomputable', 'precomputable', false, 'keep'],
  ['agent_reaction', 'reaction', 'speaks', 'keep'],
] as const;

export function formatTool({ id, spec, createdAt, updatedAt }: Tool): JsonObject {
  return {
    id,
    tool_type: spec.kind ?? 'http',
    ...formatSpec(spec),
    created_at: createdAt,
    updated_at: updatedAt,
  };
}

function formatSpec(spec: ToolSpec): JsonObject {
  const masked = maskedTool(spec);
  const values = Object.fromEntries(FIELDS.map(([field, key, fallback]) => [field, masked[key] ?? fallback]));
  return {
    ...values,
    http_config: masked.http
      ? {
          url: masked.http.url,
          method: masked.http.method ?? 'POST',
          headers: masked.http.headers ?? {},
          auth_config: masked.http.auth ?? {},
          timeout_ms: masked.timeoutMs ?? TIMEOUT_MS,
        }
      : null,
    parameters: [
      ...(masked.dynamicParameters ?? []).map(({ type, ...item }) => ({ ...item, param_type: type })),
      ...(masked.staticParameters ?? []).map((item) => ({ ...item, source: 'static' })),
    ],
  };
}

type Changes = Partial<Record<keyof ToolSpec, unknown>>;

/** The tool after the request; `before` is absent on creation. */
export function parseTool(body: JsonObject, before?: ToolSpec): ToolSpec {
  checkShape(before ? contract.UpdateTool : contract.CreateTool, body);
  const current = before ? formatSpec(before) : {};
  const changes: Changes = { ...parseHttp(body, before, current), ...parseFields(body, current) };
  const { dynamic_parameters: dynamics, static_parameters: statics } = body;
  if (dynamics !== undefined)
    changes.dynamicParameters = (dynamics as JsonObject[] | null)?.map(dynamicParameter) ?? undefined;
  if (statics !== undefined)
    changes.staticParameters = (statics as JsonObject[] | null)?.map(staticParameter) ?? undefined;
  const merged = Object.entries({ kind: 'http', ...before, ...changes });
  const spec: Changes = Object.fromEntries(merged.filter(([, value]) => value !== undefined));
  return unmaskedTool(spec as ToolSpec, before);
}

/** Kejue has two names for one timeout. `timeout` is parsed later and wins if a request changes both. */
function parseHttp(body: JsonObject, before: ToolSpec | undefined, current: JsonObject): Changes {
  const sent = body['http_config'];
  if (!isObject(sent) || same(sent, current['http_config'])) return {};
  const old = isObject(current['http_config']) ? current['http_config'] : {};
  const { url, method, headers, auth_config: auth } = withoutNulls({ ...old, ...sent });
  const timeout = sent['timeout_ms'];
  const isTimeoutChanged = timeout != null && !same(timeout, old['timeout_ms']);
  return {
    http: { ...before?.http, url, method, headers, auth },
    ...(isTimeoutChanged && { timeoutMs: timeout }),
  };
}

function parseFields(body: JsonObject, current: JsonObject): Changes {
  const changes: Changes = {};
  for (const [field, key, , onNull] of FIELDS) {
    const sent = body[field];
    if (sent === undefined || same(sent, current[field])) continue;
    if (sent !== null) changes[key] = sent;
    else if (onNull === 'unset') changes[key] = undefined;
  }
  return changes;
}

const withoutNulls = (values: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));

const dynamicParameter = (item: JsonObject): JsonObject => ({
  name: item['name'],
  description: item['description'] ?? '',
  type: item['param_type'] ?? 'string',
  location: item['location'] ?? 'body',
  required: item['required'] ?? false,
  source: item['source'] ?? 'ai',
});

const staticParameter = (item: JsonObject): JsonObject => ({
  name: item['name'],
  value: item['value'],
  location: item['location'] ?? 'body',
});
