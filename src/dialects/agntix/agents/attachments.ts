/** `tools` of an agent: the attached tools of its workspace, as ids. */

import type { ToolAttachment } from '../../../agents/agent.ts';
import type { Codec } from '../../../agents/change/rows.ts';
import { invalid } from '../../../faults.ts';

type Item = string | { toolId: string; toolDescription?: string | null };
interface Ref {
  toolId: string;
  toolDescription?: string | null;
  index: number;
}

/** Agntix shows attachments that have an id. Attachments that another API made by name alone stay unchanged. */
export const attachments: Codec = {
  format: (tools) => (tools as ToolAttachment[]).flatMap(({ toolId }) => (toolId ? [{ toolId }] : [])),
  parse: (items, current, { references }) => {
    const existing = current as ToolAttachment[];
    const attached = new Map(existing.flatMap((tool) => (tool.toolId ? [[tool.toolId, tool] as const] : [])));
    const refs = distinct(items as Item[]);
    const unknown = refs.filter(({ toolId }) => !attached.has(toolId) && !references.tools.has(toolId));
    if (unknown.length > 0)
      throw invalid(
        unknown.map(({ index, toolId }) => ({
          path: String(index),
          message: `refers to a tool that does not exist: ${toolId}`,
          rule: 'reference',
        })),
      );
    return merge(
      existing,
      refs.map((ref) => attachmentOf(ref, attached.get(ref.toolId))),
    );
  },
};

/** The first occurrence of each tool, with its index in the request. */
function distinct(items: readonly Item[]): Ref[] {
  const refs = new Map<string, Ref>();
  for (const [index, item] of items.entries()) {
    const ref = typeof item === 'string' ? { toolId: item } : item;
    const toolId = ref.toolId.toLowerCase();
    if (!refs.has(toolId)) refs.set(toolId, { ...ref, toolId, index });
  }
  return [...refs.values()];
}

/** An attachment keeps the values that the request omits. */
function attachmentOf({ toolId, toolDescription }: Ref, attachment: ToolAttachment | undefined): ToolAttachment {
  const { description, ...rest } = attachment ?? { toolId, channels: ['voice', 'text'], config: {} };
  const text = toolDescription === undefined ? description : toolDescription;
  return { ...rest, ...(text != null && { description: text }) };
}

/** The new attachments take the positions of those that Agntix shows. All others keep their position. */
function merge(existing: readonly ToolAttachment[], next: readonly ToolAttachment[]): ToolAttachment[] {
  const queue = [...next];
  const merged = existing.flatMap((tool) => (tool.toolId ? queue.splice(0, 1) : [tool]));
  return [...merged, ...queue];
}
