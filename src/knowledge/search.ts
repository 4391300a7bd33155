/** What an agent may look up while it talks: its corpora as they are now, its own knowledge as it was at the start. */
import type { Knowledge } from '../conversations/ports.ts';
import { inlinePassages } from './inline.ts';
import type { OpenLibrary } from './library.ts';

export { createLibrary, type Shelves } from './library.ts';

export const createKnowledge = (library: OpenLibrary): Knowledge => ({
  async search({ workspaceId, snapshot }, agentId, question, limit) {
    const persona = snapshot.personas[agentId];
    if (!persona || question.trim() === '') return [];
    const { profile, document } = persona;
    const named = [profile?.corpusId, document.knowledge.corpusId].filter((id) => id !== undefined);
    const where = { workspaceId, corpusIds: [...new Set(named)], besides: inlinePassages(document.knowledge.inline) };
    if (where.corpusIds.length === 0 && where.besides.length === 0) return [];
    const hits = await library.find(where, question, limit);
    return hits.map(({ documentId, title, position, text }) => ({
      document: documentId,
      title,
      chunk: position,
      text,
    }));
  },
});
