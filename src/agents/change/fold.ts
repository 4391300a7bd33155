/** Recorded edits, done again: what happened is what the revisions say happened. */
import type { AgentDocument } from '../agent.ts';
import { applyOne } from './apply.ts';
import type { Edit } from './edit.ts';

/** The document that edits lead to. Recorded ones carry their consequences with them, so that nothing is added. */
export function fold(document: AgentDocument, edits: readonly Edit[]): AgentDocument {
  return edits.reduce(applyOne, document);
}
