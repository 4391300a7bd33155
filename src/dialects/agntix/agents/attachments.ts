/** `tools`: which of the workspace's tools are attached, as ids. */

import type { ToolAttachment } from '../../../agents/agent.ts';
import type { Codec } from '../../../agents/change/rows.ts';
import { invalid } from '../../../faults.ts';

type Sent = string | { toolId: string; toolDescription?: string | null };
interface Ref {
  toolId: string;
  toolDescription?: string | null;
  place: number;
}

/** Agntix sees attachments that have an id; those another tongue made by name alone are not its to move. */
export const attachments: Codec = {
  to: (tools) => (tools as ToolAttachment[]).flatMap(({ toolId }) => (toolId ? [{ toolId }] : [])),
  from: (sent, current, { references }) => {
    const before = current as ToolAttachment[];
    const attached = new Map(before.flatMap((tool) => (tool.toolId ? [[tool.toolId, tool] as const] : [])));
    const refs = distinct(sent as Sent[]);
    const unknown = refs.filter(({ toolId }) => !attached.has(toolId) && !references.tools.has(toolId));
    if (unknown.length > 0)
      throw invalid(
        unknown.map(({ place, toolId }) => ({
          path: String(place),
          message: `refers to a tool that does not exist: ${toolId}`,
          rule: 'reference',
        })),
      );
    return inTheirPlaces(
      before,
      refs.map((ref) => attachmentOf(ref, attached.get(ref.toolId))),
    );
  },
};

/** The first mention of each tool, with its place in what was sent. */
function distinct(sent: readonly Sent[]): Ref[] {
  const refs = new Map<string, Ref>();
  for (const [place, item] of sent.entries()) {
    const ref = typeof item === 'string' ? { toolId: item } : item;
    const toolId = ref.toolId.toLowerCase();
    if (!refs.has(toolId)) refs.set(toolId, { ...ref, toolId, place });
  }
  return [...refs.values()];
}

/** A tool that stays keeps all that was not said about it. */
function attachmentOf({ toolId, toolDescription }: Ref, known: ToolAttachment | undefined): ToolAttachment {
  const { description, ...rest } = known ?? { toolId, channels: ['voice', 'text'], config: {} };
  const said = toolDescription === undefined ? description : toolDescription;
  return { ...rest, ...(said != null && { description: said }) };
}

/** The list that was sent takes the places that Agntix sees; everything else stays where it is. */
function inTheirPlaces(before: readonly ToolAttachment[], next: readonly ToolAttachment[]): ToolAttachment[] {
  const waiting = [...next];
  const kept = before.flatMap((tool) => (tool.toolId ? waiting.splice(0, 1) : [tool]));
  return [...kept, ...waiting];
}
