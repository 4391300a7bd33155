/** What an agent searches in a conversation: its corpora as they are now, and its inline knowledge as it was at the start. */
import type { Knowledge } from '../conversations/ports.ts';
import { inlinePassages } from './inline.ts';
import type { SearchableLibrary } from './library.ts';

export { createLibrary, type PassageReads } from './library.ts';

export const createKnowledge = (library: SearchableLibrary): Knowledge => ({
  async search({ workspaceId, snapshot }, agentId, question, limit) {
    const persona = snapshot.personas[agentId];
    if (!persona || question.trim() === '') return [];
    const { profile, document } = persona;
    const ids = [profile?.corpusId, document.knowledge.corpusId].filter((id) => id !== undefined);
    const corpusIds = [...new Set(ids)];
    const inline = inlinePassages(document.knowledge.inline);
    if (corpusIds.length === 0 && inline.length === 0) return [];
    const hits = await library.find({ workspaceId, corpusIds, inline }, question, limit);
    return hits.map(({ documentId, title, position, text }) => ({
      document: documentId,
      title,
      chunk: position,
      text,
    }));
  },
});
