/** What conversations are carried on with: the models, the tools, the knowledge of this server. */
import type { Config } from '../config.ts';
import type { CallActions, Providers } from '../conversations/ports.ts';
import { createKnowledge, createLibrary, type PassageReads } from '../knowledge/search.ts';
import { createOutgoingHttp, type Resolve } from '../lib/outgoing-http.ts';
import { createEmbedder } from './embedder.ts';
import { createModels } from './llm/index.ts';
import { type ContactActions, createToolRunner } from './tools/index.ts';

export interface ProviderOptions {
  config: Pick<Config, 'models' | 'allowPrivateTargets'>;
  /** Where chunks of knowledge are kept. */
  store: { knowledge: PassageReads };
  contacts: ContactActions;
  calls: CallActions;
  /** Where names lead. */
  resolve?: Resolve;
  now: () => Date;
  /** Told of what a person could mend, such as a model that cannot be asked. The log is there after the engines are. */
  log: () => { warn(sentence: string): void };
  /** Instead of those that the configuration names. */
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
  const model = createModels(config.models, { note: (sentence) => log().warn(sentence) });
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
