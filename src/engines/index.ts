/** What conversations are carried on with: the models, the tools, the knowledge of this server. */
import type { Config } from '../config.ts';
import type { Engines } from '../runtime/ports.ts';
import { createKnowledge, createLibrary, type Shelves } from './knowledge/index.ts';
import { createModels } from './llm/index.ts';

export interface EngineParts {
  config: Pick<Config, 'models'>;
  /** Where chunks of knowledge are kept. */
  shelves: Shelves;
  /** Told of what a person could mend, such as a model that cannot be asked. */
  note?: (sentence: string) => void;
}

export function createEngines({ config, shelves, note }: EngineParts): Engines {
  const library = createLibrary(shelves);
  const model = createModels(config.models, { ...(note && { note }) });
  return {
    model,
    defaultModel: model.defaultModel,
    tools: { run: async ({ name }) => ({ output: `${name} cannot be called.`, failed: true }) },
    knowledge: createKnowledge(library),
    library,
  };
}
