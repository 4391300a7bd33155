/** Tools in the native API. Answers mask secrets, and a mask that is sent back keeps its secret. */
import { type JsonObject, mergePatch } from '../../../lib/values.ts';
import { maskedTool, unmaskedTool } from '../../../tools/secrets.ts';
import { type Tool, ToolSpec } from '../../../tools/tool.ts';
import { stamped } from '../crud.ts';
import { parseBody } from '../shared.ts';

export const parseTool = (body: ToolSpec): ToolSpec => unmaskedTool(body, undefined);

/** The tool after a merge patch. */
export const parsePatch = (patch: JsonObject, before: ToolSpec): ToolSpec =>
  unmaskedTool(parseBody<ToolSpec>(ToolSpec, mergePatch(before, patch)), before);

export const formatTool = (tool: Tool) => stamped(tool, maskedTool(tool.spec));
