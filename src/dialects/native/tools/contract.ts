/** Schemas of tools. */
import * as s from '../../../lib/schema.ts';
import { ToolSpec } from '../../../tools/tool.ts';
import { stamps } from '../contract.ts';

export const ToolInput = ToolSpec;
export const ToolPatch = s.partial(ToolSpec, { additionalProperties: false });
export const Tool = s.object({ ...stamps, ...ToolSpec.properties });
