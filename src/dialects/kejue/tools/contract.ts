/** Kejue's custom HTTP tools. */

import * as s from '../../../lib/schema.ts';
import { HTTP_METHODS } from '../../../tools/tool.ts';
import { nullish } from '../shared.ts';

const LOCATIONS = ['body', 'query', 'path', 'header'] as const;
export const PARAMETER_TYPES = ['string', 'number', 'integer', 'boolean', 'array', 'object'] as const;
const parameterName = s.string({ minLength: 1, maxLength: 100 });
const DynamicParameter = s.object({
  name: parameterName,
  description: nullish(s.string({ maxLength: 2000 })),
  param_type: nullish(s.oneOf(PARAMETER_TYPES)),
  location: nullish(s.oneOf(LOCATIONS)),
  required: nullish(s.boolean()),
  source: nullish(s.string({ minLength: 1, maxLength: 50, description: '`ai`: the model fills in the value.' })),
});
const StaticParameter = s.object({
  name: parameterName,
  value: s.unknown(),
  location: nullish(s.oneOf(LOCATIONS)),
});
const milliseconds = s.integer({ minimum: 1000, maximum: 60_000 });
const url = s.string({ minLength: 1, maxLength: 4096 });
const httpFields = {
  method: nullish(s.oneOf(HTTP_METHODS)),
  headers: nullish(s.record(s.string({ maxLength: 8192 }))),
  auth_config: nullish(
    s.json({ description: 'Answers mask its values. A mask that is sent back keeps the stored value.' }),
  ),
  timeout_ms: nullish(milliseconds),
};

export const UpdateTool = s.object({
  name: nullish(s.string({ minLength: 1, maxLength: 100 })),
  http_config: nullish(s.object({ url: s.optional(url), ...httpFields })),
  display_name: nullish(s.string({ maxLength: 255 })),
  description: nullish(s.string({ maxLength: 10_000 })),
  dynamic_parameters: nullish(s.array(DynamicParameter, { maxItems: 100 })),
  static_parameters: nullish(s.array(StaticParameter, { maxItems: 100 })),
  response_schema: nullish(s.json()),
  timeout: nullish(milliseconds),
  retry_count: nullish(s.integer({ minimum: 0, maximum: 5 })),
  precomputable: nullish(s.boolean()),
  agent_reaction: nullish(s.oneOf(['speaks', 'silent', 'speaks-once'])),
});
export const CreateTool = s.object({
  ...UpdateTool.properties,
  name: s.string({ minLength: 1, maxLength: 100 }),
  http_config: s.object({ url, ...httpFields }),
});

export const Tool = s.object({
  id: s.string(),
  name: s.string(),
  tool_type: s.string(),
  timeout: s.integer(),
  retry_count: s.integer(),
  display_name: s.nullable(s.string()),
  description: s.nullable(s.string()),
  http_config: s.nullable(s.object({ url, ...httpFields })),
  parameters: s.array(s.json(), { description: 'The dynamic parameters, then the static ones.' }),
  response_schema: s.nullable(s.json()),
  precomputable: s.boolean(),
  agent_reaction: s.string(),
  created_at: s.nullable(s.string()),
  updated_at: s.nullable(s.string()),
});
/** Tools have a lower maximum than Kejue's other lists. */
export const ToolQuery = s.object({
  limit: s.optional(s.integer({ minimum: 1, maximum: 500 })),
  offset: s.optional(s.integer({ minimum: 0 })),
});
export const ToolList = s.object({ tools: s.array(Tool), total: s.integer() });
