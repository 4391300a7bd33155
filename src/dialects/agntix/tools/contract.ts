/** Agntix's tools, in the order of its documents: docs.agntix.ai, "Tools". */

import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { HTTP_METHODS } from '../../../tools/tool.ts';
import { nullish, PageQuery, textOrNull } from '../shared.ts';

export const TOOL_TYPES = ['API_TOOL', 'FUNCTION_TOOL'] as const;

export const Tool = s.object({
  id: text.uuid(),
  name: s.string(),
  description: textOrNull,
  type: s.oneOf(TOOL_TYPES),
  ajvPropertiesSchema: s.nullable(s.json()),
  preExecutionMessage: textOrNull,
  metaData: s.nullable(s.json()),
  orgId: s.string(),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
});

export const ToolListQuery = s.object({
  ...PageQuery.properties,
  type: s.optional(s.oneOf(TOOL_TYPES)),
  search: s.optional(s.string({ description: 'Part of the name, ignoring case.' })),
});

export type ToolListQuery = s.Static<typeof ToolListQuery>;

export const ApiTool = s.object({
  url: s.string({ minLength: 1, maxLength: 4096, description: 'May contain {{placeholders}} for the arguments.' }),
  method: s.oneOf(HTTP_METHODS),
  headers: s.optional(s.record(s.string({ maxLength: 8192 }))),
  params: s.optional(s.json()),
  body: s.optional(s.json()),
});
export type ApiTool = s.Static<typeof ApiTool>;
export const FunctionTool = s.object({
  functionName: s.optional(s.string({ minLength: 1 })),
  name: s.optional(s.string({ minLength: 1 })),
  description: s.optional(s.string()),
  payload: s.optional(s.json()),
});

export const UpdateTool = s.object({
  name: s.optional(
    s.string({
      maxLength: 100,
      pattern: '^[a-zA-Z0-9][a-zA-Z0-9_]*[a-zA-Z0-9]$',
      'x-pattern-is': 'two or more letters, digits and underscores, with no underscore at either end',
    }),
  ),
  description: s.optional(s.string({ maxLength: 10_000 })),
  type: s.optional(s.oneOf(TOOL_TYPES)),
  apiTool: s.optional(ApiTool),
  functionTool: s.optional(FunctionTool),
  ajvPropertiesSchema: s.optional(s.json()),
  preExecutionMessage: nullish(s.string({ maxLength: 2000 })),
  metaData: nullish(s.json()),
});
export type UpdateTool = s.Static<typeof UpdateTool>;

export const CreateTool = s.object(UpdateTool.properties, {
  required: ['name', 'description', 'type', 'ajvPropertiesSchema'],
});
