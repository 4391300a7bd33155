/** Corpora, documents and memory natively. */
import type { Memory } from '../../../conversations/memory/service.ts';
import type { Corpus, CorpusDocument, Hit } from '../../../knowledge/knowledge.ts';

export const formatCorpus = ({ id, name, description, createdAt, updatedAt }: Corpus) => ({
  ...{ id, name, description, createdAt, updatedAt },
});

export function formatDocument(document: CorpusDocument) {
  const { id, corpusId, title, mediaType, bytes, state, error, chunks, createdAt, updatedAt } = document;
  return { id, corpusId, title, mediaType, bytes, state, error, chunks, createdAt, updatedAt };
}

export const formatHit = ({ documentId, title, position, text, score }: Hit) => ({
  ...{ documentId, title, chunk: position, text, score },
});

export const formatMemory = (contactId: string, memory: Memory) => ({ contactId, ...memory });
