/** The models of this server: for each request the one that the agent names, or the one that stands in for it. */
import type { ModelConfig } from '../../config.ts';
import { MODELS, type Model } from '../../model/models.ts';
import type { LanguageModel } from '../../runtime/ports.ts';
import { choose } from './choose.ts';
import { DEMO_MODEL, demo } from './demo.ts';

export interface Models extends LanguageModel {
  defaultModel: string;
  /** The model that is asked where this one is named. */
  answering(model: string): string;
  /** Every model that is known by name, and whether it can be asked here. */
  catalogue(): (Model & { usable: boolean })[];
}

export interface ModelsGiven {
  fetch?: typeof fetch;
  /** Told once of each model that another one stands in for. */
  note?: (sentence: string) => void;
}

export function createModels(config: ModelConfig, { note = () => {} }: ModelsGiven = {}): Models {
  const noted = new Set<string>();
  const chosen = (wanted: string): string => {
    const { model, instead } = choose(config, wanted);
    if (instead && !noted.has(wanted)) {
      noted.add(wanted);
      note(`The model ${wanted} cannot be asked here; ${model} answers instead.`);
    }
    return model;
  };
  const portOf = (_model: string): LanguageModel => demo;
  return {
    defaultModel: config.defaultModel,
    answering: (wanted) => choose(config, wanted).model,
    catalogue: () =>
      MODELS.map((model) => ({ ...model, usable: model.kind === 'chat' && !choose(config, model.id).instead })),
    answer(request) {
      const model = chosen(request.model);
      return portOf(model).answer({ ...request, model });
    },
    async judge(request) {
      const model = chosen(request.model);
      return model === DEMO_MODEL ? undefined : portOf(model).judge?.({ ...request, model });
    },
  };
}
