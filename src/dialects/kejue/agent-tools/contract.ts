/** The attachment of a tool to an agent of Kejue. */

import * as s from '../../../lib/schema.ts';
import { nullish } from '../shared.ts';

export const CHANNELS = ['voice:in-call', 'voice:post-call', 'whatsapp'] as const;

export const AttachTool = s.object({
  tool_name: s.string({ minLength: 1, maxLength: 100 }),
  tool_id: nullish(s.string({ format: 'uuid' })),
  channels: nullish(s.array(s.oneOf(CHANNELS), { uniqueItems: true })),
  config: nullish(s.json()),
});
export type AttachTool = s.Static<typeof AttachTool>;

export const AgentTool = s.object({
  tool_name: s.string(),
  channels: s.array(s.oneOf(CHANNELS)),
  config: s.json(),
  tool_id: s.nullable(s.string()),
});
