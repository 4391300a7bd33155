/** What may be done with corpora and their documents, and the reading of documents, which goes on by itself. */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { AlreadyThere } from '../db/engine.ts';
import type { Page } from '../db/sql.ts';
import { Fault, invalid, invalidAt } from '../faults.ts';
import { createPoller, type Poller } from '../lib/poller.ts';
import { same } from '../lib/values.ts';
import type { Caller } from '../workspaces/caller.ts';
import { storesFor } from '../workspaces/caller.ts';
import {
  type Chunk,
  type Corpus,
  type CorpusDocument,
  type CorpusInput,
  type CorpusPatch,
  type Hit,
  isText,
  type Library,
  MAX_BYTES,
  MEDIA_TYPES,
  type MediaType,
  mediaTypeOf,
  titleIssue,
  type Unread,
  Unreadable,
} from './knowledge.ts';
import type { Undirected } from './passage-store.ts';

export interface Upload {
  title: string | undefined;
  mediaType: string | undefined;
  source: Uint8Array;
}

/** Longer than any document may be read: whoever is still at it by then has died. */
const LEASE_MS = 120_000;
/** A document that has ended so many readers ends no other. */
const MAX_ATTEMPTS = 3;
const IDLE_MS = 500;
const REST_MS = 30_000;

export interface KnowledgeService {
  corpora: ReturnType<typeof corporaOf>;
  documents: ReturnType<typeof documentsOf>;
  search(caller: Caller, corpusId: string, query: string, limit: number): Promise<Hit[]>;
  /** Reads the next document that waits; answers whether there was anything to do. */
  work(): Promise<boolean>;
  poller: Poller;
}

export function knowledgeService(ctx: Context, library: Library): KnowledgeService {
  const corpora = corporaOf(ctx);
  const reader = readerOf(ctx, library);
  return {
    corpora,
    documents: documentsOf(ctx, library, corpora.get),
    async search(caller, corpusId, query, limit) {
      await corpora.get(caller, corpusId);
      return library.search(caller.workspaceId, [corpusId], query, limit);
    },
    work: reader,
    poller: createPoller({ work: reader, busyMs: 0, idleMs: IDLE_MS }),
  };
}

function corporaOf(ctx: Context) {
  const { store, now, newId } = ctx;
  const kept = (caller: Caller) => storesFor(ctx, caller).knowledge.corpora;
  const at = () => now().toISOString();

  const get = async ({ workspaceId }: Caller, id: string): Promise<Corpus> => {
    const corpus = await store.knowledge.corpora.get(workspaceId, id);
    if (!corpus) throw new Fault('corpus_missing', { id });
    return corpus;
  };

  return {
    get,

    list: ({ workspaceId }: Caller, page: Page) => store.knowledge.corpora.list(workspaceId, page),

    async create(caller: Caller, { name, description = null }: CorpusInput): Promise<Corpus> {
      const { workspaceId } = caller;
      const corpus = { workspaceId, id: newId(), name, description, createdAt: at(), updatedAt: at() };
      await kept(caller).create(corpus, auditEntry(ctx, caller, 'corpus.created', corpus.id));
      return corpus;
    },

    async update(caller: Caller, id: string, said: (before: Corpus) => CorpusPatch): Promise<Corpus> {
      const before = await get(caller, id);
      const after = { ...before, ...said(before) };
      if (same(before, after)) return before;
      const corpus = { ...after, updatedAt: at() };
      const entry = auditEntry(ctx, caller, 'corpus.updated', id);
      if (!(await kept(caller).update(corpus, entry))) throw new Fault('corpus_missing', { id });
      return corpus;
    },

    /** Refused while an agent looks things up in it. */
    async remove(caller: Caller, id: string): Promise<void> {
      await get(caller, id);
      const { length: count } = await store.agents.findReferring(caller.workspaceId, id);
      if (count > 0) throw new Fault('in_use', { id, count, message: `It is still in use by ${count} agents.` });
      const entry = auditEntry(ctx, caller, 'corpus.deleted', id);
      if (!(await kept(caller).remove(caller.workspaceId, id, entry))) throw new Fault('corpus_missing', { id });
    },
  };
}

function documentsOf(ctx: Context, library: Library, corpus: (caller: Caller, id: string) => Promise<Corpus>) {
  const { store, now, newId } = ctx;
  const { documents } = store.knowledge;

  const get = async (caller: Caller, corpusId: string, id: string): Promise<CorpusDocument> => {
    await corpus(caller, corpusId);
    const document = await documents.get(caller.workspaceId, corpusId, id);
    if (!document) throw new Fault('document_missing', { id });
    return document;
  };

  const accepted = ({ title, mediaType: named, source }: Upload): { title: string; mediaType: MediaType } => {
    const issue = titleIssue(title);
    if (issue) throw invalid([issue]);
    const mediaType = mediaTypeOf(named, title!);
    if (!mediaType) throw invalidAt('mediaType', `must be one of: ${MEDIA_TYPES.join(', ')}`, 'enum');
    if (source.length > MAX_BYTES) throw new Fault('too_large');
    return { title: title!.trim(), mediaType };
  };

  const textChunks = async (title: string, mediaType: MediaType, source: Uint8Array): Promise<Chunk[]> => {
    try {
      return await library.read({ title, mediaType, source });
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      throw invalidAt('text', `cannot be used: ${error.message}`, 'content');
    }
  };

  /** Another try where somebody else has just uploaded under the same title. */
  const keep = async (
    caller: Caller,
    corpusId: string,
    facts: { title: string; mediaType: MediaType; bytes: number },
    source: Uint8Array,
    chunks: Chunk[] | undefined,
  ): Promise<{ document: CorpusDocument; again: boolean }> => {
    const { workspaceId } = caller;
    for (;;) {
      const before = await documents.byTitle(workspaceId, corpusId, facts.title);
      const at = now().toISOString();
      const fresh = { workspaceId, id: newId(), corpusId, chunks: 0, version: 0, createdAt: at };
      const base = before ?? fresh;
      const document: CorpusDocument = {
        ...base,
        ...facts,
        state: chunks ? 'ready' : 'processing',
        error: null,
        chunks: chunks?.length ?? base.chunks,
        version: base.version + 1,
        updatedAt: at,
      };
      const entry = auditEntry(ctx, caller, before ? 'document.replaced' : 'document.created', document.id, {
        corpusId,
      });
      const uploaded = chunks ? { chunks } : { source, nextAt: at };
      const kept = storesFor(ctx, caller).knowledge.documents;
      try {
        if (await kept.put(document, uploaded, before?.version, entry))
          return { document, again: before !== undefined };
      } catch (error) {
        if (!(error instanceof AlreadyThere)) throw error;
      }
      await corpus(caller, corpusId);
    }
  };

  return {
    get,

    async list(caller: Caller, corpusId: string, page: Page) {
      await corpus(caller, corpusId);
      return documents.list(caller.workspaceId, corpusId, page);
    },

    /**
     * What is text is searched as soon as this answers; anything else is read in the background. A title that is there
     * already is uploaded again: the old chunks are searched until the new ones take their place, all at once.
     */
    async upload(
      caller: Caller,
      corpusId: string,
      hear: () => Upload,
    ): Promise<{ document: CorpusDocument; again: boolean }> {
      await corpus(caller, corpusId);
      const upload = hear();
      const { title, mediaType } = accepted(upload);
      const { source } = upload;
      const chunks = isText(mediaType) ? await textChunks(title, mediaType, source) : undefined;
      return keep(caller, corpusId, { title, mediaType, bytes: source.length }, source, chunks);
    },

    async remove(caller: Caller, corpusId: string, id: string): Promise<void> {
      await get(caller, corpusId, id);
      const entry = auditEntry(ctx, caller, 'document.deleted', id, { corpusId });
      const kept = storesFor(ctx, caller).knowledge.documents;
      if (!(await kept.remove(caller.workspaceId, corpusId, id, entry))) throw new Fault('document_missing', { id });
    },
  };
}

const SYSTEM = { author: 'system', dialect: 'native' } as const;

function readerOf(ctx: Context, library: Library): () => Promise<boolean> {
  const { knowledge } = ctx.store;
  const { documents } = knowledge;
  const time = (later = 0) => new Date(ctx.now().getTime() + later).toISOString();

  const settle = async (document: Unread, chunks: Chunk[] | undefined, error: string | null): Promise<void> => {
    const { source: _source, attempts: _attempts, ...rest } = document;
    const after: CorpusDocument = {
      ...rest,
      state: error === null ? 'ready' : 'failed',
      error,
      chunks: chunks?.length ?? rest.chunks,
      updatedAt: time(),
    };
    const action = error === null ? 'document.ready' : 'document.failed';
    const { corpusId } = document;
    await documents.settle(after, chunks, auditEntry(ctx, SYSTEM, action, document.id, { corpusId }));
  };

  const readOne = async (document: Unread): Promise<void> => {
    if (document.attempts > MAX_ATTEMPTS)
      return settle(document, undefined, 'Reading it was broken off several times.');
    try {
      const { title, mediaType, source } = document;
      await settle(document, await library.read({ title, mediaType: mediaType as MediaType, source }), null);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      await settle(document, undefined, error.message);
    }
  };

  /** Whoever gives directions and fails is left alone for a while. */
  let restsUntil = '';
  const directOne = async (): Promise<boolean> => {
    const { embedder } = library;
    if (!embedder || time() < restsUntil) return false;
    const chunks = await knowledge.undirected(embedder.model);
    if (chunks.length === 0) return false;
    try {
      await knowledge.direct(chunks, await embedder.embed(textsOf(chunks)), embedder.model);
    } catch (error) {
      restsUntil = time(REST_MS);
      throw error;
    }
    return true;
  };

  return async () => {
    if (await documents.anyDue(time())) {
      const document = await documents.claim(time(), time(LEASE_MS));
      if (document) await readOne(document);
      return true;
    }
    return directOne();
  };
}

const textsOf = (chunks: readonly Undirected[]): string[] => chunks.map(({ text }) => text);
