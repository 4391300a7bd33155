/** Replays recorded edits. */
import type { AgentDocument } from '../agent.ts';
import { applyOne } from './apply.ts';
import type { Edit } from './edit.ts';

/** The document after the edits. Recorded edits already include those that follow from others; none are added here. */
export function fold(document: AgentDocument, edits: readonly Edit[]): AgentDocument {
  return edits.reduce(applyOne, document);
}
