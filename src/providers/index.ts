/** The adapters that conversations use: models, tools and knowledge, made from the configuration. */
import type { Config } from '../config.ts';
import type { CallActions, Providers } from '../conversations/ports.ts';
import { createKnowledge, createLibrary, type PassageReads } from '../knowledge/search.ts';
import { createOutgoingHttp, type Resolve } from '../lib/outgoing-http.ts';
import { createEmbedder } from './embedder.ts';
import { createModels } from './llm/index.ts';
import { type ContactActions, createToolRunner } from './tools/index.ts';

export interface ProviderOptions {
  config: Pick<Config, 'models' | 'allowPrivateTargets'>;
  /** Where the chunks of documents are stored. */
  store: { knowledge: PassageReads };
  contacts: ContactActions;
  calls: CallActions;
  /** Resolves host names; tests replace it. */
  resolve?: Resolve;
  now: () => Date;
  /** The log for warnings. It is a function because the log is created after the providers. */
  log: () => { warn(sentence: string): void };
  /** Replacements for the adapters below. */
  providers?: Partial<Providers>;
}

export function createProviders({
  config,
  store,
  contacts,
  calls,
  now,
  resolve,
  log,
  providers,
}: ProviderOptions): Providers {
  const library = createLibrary(store.knowledge, createEmbedder(config.models));
  const model = createModels(config.models, { warn: (sentence) => log().warn(sentence) });
  const send = createOutgoingHttp({ ...config, ...(resolve && { resolve }) });
  const report = (error: unknown) => log().warn(String(error));
  return {
    model,
    defaultModel: model.defaultModel,
    catalogue: model.catalogue,
    tools: createToolRunner({ send, contacts, calls, now, report }),
    knowledge: createKnowledge(library),
    library,
    ...providers,
  };
}
