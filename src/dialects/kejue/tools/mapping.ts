/** Kejue's custom HTTP tools, which are tools of the workspace. Their secrets are shown masked. */
import { invalid } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import { isObject, type JsonObject, same } from '../../../lib/values.ts';
import { maskedTool, unmaskedTool } from '../../../tools/secrets.ts';
import type { Tool, ToolSpec } from '../../../tools/tool.ts';
import * as contract from '../agents/contract.ts';

const TIMEOUT_MS = 30_000;

/** Their word, ours, what is meant when nothing was said, and whether null takes it away. */
const WORDS = [
  ['name', 'name', null, 'keep'],
  ['timeout', 'timeoutMs', TIMEOUT_MS, 'keep'],
  ['retry_count', 'retries', 0, 'keep'],
  ['display_name', 'displayName', null, 'unset'],
  ['description', 'description', null, 'unset'],
  ['response_schema', 'responseSchema', null, 'unset'],
  ['precomputable', 'precomputable', false, 'keep'],
  ['agent_reaction', 'reaction', 'speaks', 'keep'],
] as const;

export function formatCustomTool({ id, spec, createdAt, updatedAt }: Tool): JsonObject {
  return {
    id,
    tool_type: spec.kind ?? 'http',
    ...formatSpec(spec),
    created_at: createdAt,
    updated_at: updatedAt,
  };
}

function formatSpec(spec: ToolSpec): JsonObject {
  const shown = maskedTool(spec);
  const values = Object.fromEntries(WORDS.map(([field, key, otherwise]) => [field, shown[key] ?? otherwise]));
  return {
    ...values,
    http_config: shown.http
      ? {
          url: shown.http.url,
          method: shown.http.method ?? 'POST',
          headers: shown.http.headers ?? {},
          auth_config: shown.http.auth ?? {},
          timeout_ms: shown.timeoutMs ?? TIMEOUT_MS,
        }
      : null,
    parameters: [
      ...(shown.dynamicParameters ?? []).map(({ type, ...item }) => ({ ...item, param_type: type })),
      ...(shown.staticParameters ?? []).map((item) => ({ ...item, source: 'static' })),
    ],
  };
}

/** The tool as it should be from now on; `before` is absent at creation. */
export function parseCustomTool(body: JsonObject, before?: ToolSpec): ToolSpec {
  const wrong = issuesOf(before ? contract.UpdateTool : contract.CreateTool, body);
  if (wrong.length > 0) throw invalid(wrong);
  const shown = before ? formatSpec(before) : {};
  const moved = (field: string): boolean => body[field] !== undefined && !same(body[field], shown[field]);

  const spec: Partial<Record<keyof ToolSpec, unknown>> = { kind: 'http', ...before };
  const say = (key: keyof ToolSpec, value: unknown): void => {
    if (value === undefined) delete spec[key];
    else spec[key] = value;
  };
  const http = body['http_config'];
  if (isObject(http) && moved('http_config')) {
    const old = isObject(shown['http_config']) ? shown['http_config'] : {};
    const { url, method, headers, auth_config: auth } = withoutNulls({ ...old, ...http });
    say('http', { ...before?.http, url, method, headers, auth });
    // The same time has two names; the one outside wins where both were moved.
    if (http['timeout_ms'] != null && !same(http['timeout_ms'], old['timeout_ms']))
      say('timeoutMs', http['timeout_ms']);
  }
  for (const [field, key, , onNull] of WORDS) {
    if (!moved(field)) continue;
    if (body[field] !== null) say(key, body[field]);
    else if (onNull === 'unset') say(key, undefined);
  }
  const { dynamic_parameters: dynamics, static_parameters: statics } = body;
  if (dynamics !== undefined) say('dynamicParameters', (dynamics as JsonObject[] | null)?.map(dynamicParameter));
  if (statics !== undefined) say('staticParameters', (statics as JsonObject[] | null)?.map(staticParameter));
  return unmaskedTool(spec as ToolSpec, before);
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
