/** Stores knowledge: corpora, documents, and the chunks of documents. */
import type { Engine } from '../db/engine.ts';
import { corpusStore } from './corpus-store.ts';
import { documentStore } from './document-store.ts';
import { passageStore } from './passage-store.ts';

export type KnowledgeStore = ReturnType<typeof knowledgeStore>;

export const knowledgeStore = (engine: Engine) => ({
  ...passageStore(engine),
  corpora: corpusStore(engine),
  documents: documentStore(engine),
});
