/** What a client may do with the documents of a corpus. */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { AlreadyThere } from '../db/engine.ts';
import type { Page } from '../db/sql.ts';
import { Fault, invalid, invalidAt } from '../faults.ts';
import { type Caller, storesFor } from '../workspaces/caller.ts';
import type { CorpusService } from './corpora.ts';
import {
  type Chunk,
  type CorpusDocument,
  isText,
  type Library,
  MAX_BYTES,
  MEDIA_TYPES,
  type MediaType,
  mediaTypeOf,
  titleIssue,
  Unreadable,
} from './knowledge.ts';

export interface Upload {
  title: string | undefined;
  mediaType: string | undefined;
  source: Uint8Array;
}

export interface UploadResult {
  document: CorpusDocument;
  /** The corpus had a document with this title before. */
  replaced: boolean;
}

/** Methods throw `corpus_missing` or `document_missing` where the workspace has none with this id. */
export interface DocumentService {
  get(caller: Caller, corpusId: string, id: string): Promise<CorpusDocument>;
  /** Newest first. */
  list(caller: Caller, corpusId: string, page: Page): Promise<{ items: CorpusDocument[]; total: number }>;
  /**
   * Text can be searched when this answers; other files are read in the background. A title that the corpus has
   * already replaces the document: searches find the old chunks until the new ones replace them, all at once. `parse`
   * is called after the corpus is found.
   */
  upload(caller: Caller, corpusId: string, parse: () => Upload): Promise<UploadResult>;
  remove(caller: Caller, corpusId: string, id: string): Promise<void>;
}

export function documentService(ctx: Context, library: Library, getCorpus: CorpusService['get']): DocumentService {
  const { documents } = ctx.store.knowledge;

  const get: DocumentService['get'] = async (caller, corpusId, id) => {
    await getCorpus(caller, corpusId);
    const document = await documents.get(caller.workspaceId, corpusId, id);
    if (!document) throw new Fault('document_missing', { id });
    return document;
  };

  return {
    get,

    async list(caller, corpusId, page) {
      await getCorpus(caller, corpusId);
      return documents.list(caller.workspaceId, corpusId, page);
    },

    async upload(caller, corpusId, parse) {
      await getCorpus(caller, corpusId);
      const file = checkedFile(parse());
      const chunks = isText(file.mediaType) ? await textChunks(library, file) : undefined;
      for (;;) {
        const stored = await storeUpload(ctx, caller, corpusId, file, chunks);
        if (stored) return stored;
        // The corpus was removed, or another upload changed the document; only the latter is worth another attempt.
        await getCorpus(caller, corpusId);
      }
    },

    async remove(caller, corpusId, id) {
      await get(caller, corpusId, id);
      const entry = auditEntry(ctx, caller, 'document.deleted', id, { corpusId });
      const writes = storesFor(ctx, caller).knowledge.documents;
      if (!(await writes.remove(caller.workspaceId, corpusId, id, entry))) throw new Fault('document_missing', { id });
    },
  };
}

interface CheckedFile {
  title: string;
  mediaType: MediaType;
  source: Uint8Array;
}

function checkedFile({ title = '', mediaType: named, source }: Upload): CheckedFile {
  const issue = titleIssue(title);
  if (issue) throw invalid([issue]);
  const mediaType = mediaTypeOf(named, title);
  if (!mediaType) throw invalidAt('mediaType', `must be one of: ${MEDIA_TYPES.join(', ')}`, 'enum');
  if (source.length > MAX_BYTES) throw new Fault('too_large');
  return { title: title.trim(), mediaType, source };
}

async function textChunks(library: Library, file: CheckedFile): Promise<Chunk[]> {
  try {
    return await library.read(file);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    throw invalidAt('text', `cannot be used: ${error.message}`, 'content');
  }
}

/** Stores a new document or the next version of the one with this title. Undefined where the guarded write failed. */
async function storeUpload(
  ctx: Context,
  caller: Caller,
  corpusId: string,
  { title, mediaType, source }: CheckedFile,
  chunks: Chunk[] | undefined,
): Promise<UploadResult | undefined> {
  const { workspaceId } = caller;
  const before = await ctx.store.knowledge.documents.byTitle(workspaceId, corpusId, title);
  const at = ctx.now().toISOString();
  const base = before ?? { workspaceId, id: ctx.newId(), corpusId, chunks: 0, version: 0, createdAt: at };
  const document: CorpusDocument = {
    ...base,
    title,
    mediaType,
    bytes: source.length,
    state: chunks ? 'ready' : 'processing',
    error: null,
    chunks: chunks?.length ?? base.chunks,
    version: base.version + 1,
    updatedAt: at,
  };
  const action = before ? 'document.replaced' : 'document.created';
  const entry = auditEntry(ctx, caller, action, document.id, { corpusId });
  const content = chunks ? { chunks } : { source, nextAt: at };
  try {
    const written = await storesFor(ctx, caller).knowledge.documents.put(document, content, before?.version, entry);
    return written ? { document, replaced: before !== undefined } : undefined;
  } catch (error) {
    if (error instanceof AlreadyThere) return undefined;
    throw error;
  }
}
