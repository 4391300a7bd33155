/** Schemas of tools. */
import * as s from '../../../lib/schema.ts';
import { ToolSpec } from '../../../tools/tool.ts';
import { closed, stamps } from '../shared.ts';

export const ToolInput = ToolSpec;
export const ToolPatch = s.partial(ToolSpec, closed);
export const Tool = s.object({ ...stamps, ...ToolSpec.properties });
