/** Recorded edits, done again: what happened is what the revisions say happened. */
import type { AgentDocument } from '../model/agent.ts';
import type { Edit } from '../model/edit.ts';
import { applyOne } from './apply.ts';

/** The document that edits lead to. Recorded ones carry their consequences with them, so that nothing is added. */
export function fold(document: AgentDocument, edits: readonly Edit[]): AgentDocument {
  return edits.reduce(applyOne, document);
}
