/** What a client may do with corpora. */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import type { Page } from '../db/sql.ts';
import { Fault } from '../faults.ts';
import { same } from '../lib/values.ts';
import { type Caller, storesFor } from '../workspaces/caller.ts';
import type { Corpus, CorpusInput, CorpusPatch } from './knowledge.ts';

/** Methods about one corpus throw `corpus_missing` where the workspace has none with this id. */
export interface CorpusService {
  get(caller: Caller, id: string): Promise<Corpus>;
  /** Newest first. */
  list(caller: Caller, page: Page): Promise<{ items: Corpus[]; total: number }>;
  create(caller: Caller, input: CorpusInput): Promise<Corpus>;
  /** `patchFor` makes the patch from the stored corpus. A patch that changes nothing writes nothing. */
  update(caller: Caller, id: string, patchFor: (before: Corpus) => CorpusPatch): Promise<Corpus>;
  /** Removes the corpus with its documents. Throws `in_use` while an agent refers to it. */
  remove(caller: Caller, id: string): Promise<void>;
}

export function corpusService(ctx: Context): CorpusService {
  const { store, now, newId } = ctx;
  const writes = (caller: Caller) => storesFor(ctx, caller).knowledge.corpora;
  const at = () => now().toISOString();

  const get = async ({ workspaceId }: Caller, id: string): Promise<Corpus> => {
    const corpus = await store.knowledge.corpora.get(workspaceId, id);
    if (!corpus) throw new Fault('corpus_missing', { id });
    return corpus;
  };

  return {
    get,

    list: ({ workspaceId }, page) => store.knowledge.corpora.list(workspaceId, page),

    async create(caller, { name, description = null }) {
      const { workspaceId } = caller;
      const corpus = { workspaceId, id: newId(), name, description, createdAt: at(), updatedAt: at() };
      await writes(caller).create(corpus, auditEntry(ctx, caller, 'corpus.created', corpus.id));
      return corpus;
    },

    async update(caller, id, patchFor) {
      const before = await get(caller, id);
      const after = { ...before, ...patchFor(before) };
      if (same(before, after)) return before;
      const corpus = { ...after, updatedAt: at() };
      const entry = auditEntry(ctx, caller, 'corpus.updated', id);
      if (!(await writes(caller).update(corpus, entry))) throw new Fault('corpus_missing', { id });
      return corpus;
    },

    async remove(caller, id) {
      await get(caller, id);
      const { length: count } = await store.agents.findReferring(caller.workspaceId, id);
      if (count > 0) {
        const agents = count === 1 ? '1 agent' : `${count} agents`;
        const message = `The corpus is used by ${agents}; remove it from them first.`;
        throw new Fault('in_use', { id, count, message });
      }
      const entry = auditEntry(ctx, caller, 'corpus.deleted', id);
      if (!(await writes(caller).remove(caller.workspaceId, id, entry))) throw new Fault('corpus_missing', { id });
    },
  };
}
