/** The knowledge service: corpora, their documents, and the poller that reads documents in the background. */

import type { Context } from '../context.ts';
import type { Caller } from '../workspaces/caller.ts';
import { type CorpusService, corpusService } from './corpora.ts';
import { type DocumentService, documentService } from './documents.ts';
import type { Hit, Library } from './knowledge.ts';
import { ReadingPoller } from './reading-poller.ts';

export type { Upload } from './documents.ts';

export interface KnowledgeService {
  corpora: CorpusService;
  documents: DocumentService;
  /** The chunks of one corpus that fit the query best, best first. */
  search(caller: Caller, corpusId: string, query: string, limit: number): Promise<Hit[]>;
  /** Reads the next document that is due, or gives one its embeddings; answers whether there was anything to do. */
  work(): Promise<boolean>;
  poller: ReadingPoller;
}

export function knowledgeService(ctx: Context, library: Library): KnowledgeService {
  const corpora = corpusService(ctx);
  const poller = new ReadingPoller(ctx, library);
  return {
    corpora,
    documents: documentService(ctx, library, corpora.get),
    async search(caller, corpusId, query, limit) {
      await corpora.get(caller, corpusId);
      return library.search(caller.workspaceId, [corpusId], query, limit);
    },
    work: () => poller.work(),
    poller,
  };
}
