/**
 * Reads uploaded documents in the background and gives their chunks embeddings. A node claims a document with a lease,
 * so that another node continues after a crash.
 */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { createPoller, type Poller } from '../lib/poller.ts';
import {
  type Chunk,
  type CorpusDocument,
  type Library,
  type MediaType,
  type PendingDocument,
  Unreadable,
} from './knowledge.ts';

/** Longer than reading may take: a node that has not finished by then has crashed. */
const LEASE_MS = 120_000;
/** After so many attempts a document is given up, so that one that crashes nodes does not crash all of them. */
const MAX_ATTEMPTS = 3;
const IDLE_MS = 500;
/** The pause after the embedding model has failed. */
const EMBEDDING_PAUSE_MS = 30_000;

const SYSTEM = { author: 'system', dialect: 'native' } as const;

/** Counts for operators. */
export interface ReadingSnapshot {
  running: boolean;
  /** Documents that this node reads now. */
  inProgress: number;
}

export class ReadingPoller implements Poller {
  readonly #ctx: Context;
  readonly #library: Library;
  readonly #poller: Poller;
  #running = false;
  #inProgress = 0;
  /** No embeddings are requested before this time, in ISO 8601. */
  #embeddingPausedUntil = '';

  constructor(ctx: Context, library: Library) {
    this.#ctx = ctx;
    this.#library = library;
    this.#poller = createPoller({ work: () => this.work(), busyMs: 0, idleMs: IDLE_MS });
  }

  snapshot(): ReadingSnapshot {
    return { running: this.#running, inProgress: this.#inProgress };
  }

  start(report: (error: unknown) => void): void {
    this.#running = true;
    this.#poller.start(report);
  }

  async stop(): Promise<boolean> {
    const ran = await this.#poller.stop();
    this.#running = false;
    return ran;
  }

  /** Reads the next document that is due, or gives one its embeddings; answers whether there was anything to do. */
  async work(): Promise<boolean> {
    const { documents } = this.#ctx.store.knowledge;
    if (!(await documents.anyDue(this.#time()))) return this.#embedNext();
    const document = await documents.claim(this.#time(), this.#time(LEASE_MS));
    if (document) await this.#read(document);
    return true;
  }

  async #read(document: PendingDocument): Promise<void> {
    if (document.attempts > MAX_ATTEMPTS)
      return this.#settle(document, undefined, 'Reading the file was interrupted several times; upload it again.');
    const { title, mediaType, source } = document;
    this.#inProgress += 1;
    try {
      const chunks = await this.#library.read({ title, mediaType: mediaType as MediaType, source });
      await this.#settle(document, chunks, null);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      await this.#settle(document, undefined, error.message);
    } finally {
      this.#inProgress -= 1;
    }
  }

  /** Stores the result: the chunks, or the error that the client sees. */
  async #settle(document: PendingDocument, chunks: Chunk[] | undefined, error: string | null): Promise<void> {
    const { source: _source, attempts: _attempts, ...rest } = document;
    const after: CorpusDocument = {
      ...rest,
      state: error === null ? 'ready' : 'failed',
      error,
      chunks: chunks?.length ?? rest.chunks,
      updatedAt: this.#time(),
    };
    const action = error === null ? 'document.ready' : 'document.failed';
    const entry = auditEntry(this.#ctx, SYSTEM, action, document.id, { corpusId: document.corpusId });
    await this.#ctx.store.knowledge.documents.settle(after, chunks, entry);
  }

  /** Gives the chunks of one document their embeddings, where an embedding model is configured. */
  async #embedNext(): Promise<boolean> {
    const { embedder } = this.#library;
    const { knowledge } = this.#ctx.store;
    if (!embedder || this.#time() < this.#embeddingPausedUntil) return false;
    const chunks = await knowledge.chunksToEmbed(embedder.model);
    if (chunks.length === 0) return false;
    try {
      const vectors = await embedder.embed(chunks.map(({ text }) => text));
      await knowledge.saveEmbeddings(chunks, vectors, embedder.model);
    } catch (error) {
      this.#embeddingPausedUntil = this.#time(EMBEDDING_PAUSE_MS);
      throw error;
    }
    return true;
  }

  #time(offsetMs = 0): string {
    return new Date(this.#ctx.now().getTime() + offsetMs).toISOString();
  }
}
