/** The models of this server: for each request the one that the agent names, or the one that stands in for it. */

import { type KnownModel, MODELS, model as modelOf } from '../../agents/models.ts';
import type { ModelConfig } from '../../config.ts';
import { type LanguageModel, ModelFailure } from '../../conversations/ports.ts';
import { type AiSdkGiven, createAiSdk } from './ai-sdk.ts';
import { choose } from './choose-model.ts';
import { DEMO_MODEL, demo } from './demo.ts';

export interface Models extends Required<LanguageModel> {
  defaultModel: string;
  /** The model that is asked where this one is named. */
  answering(model: string): string;
  /** Every model that is known by name, those of the configuration too, and whether it can be asked here. */
  catalogue(): KnownModel[];
}

/** The note is told of what nobody sees in an answer: a model that another stands in for, an attempt that failed. */
export function createModels(config: ModelConfig, given: AiSdkGiven = {}): Models {
  const { note = () => {} } = given;
  const noted = new Set<string>();
  const others = createAiSdk(config, given);
  const portOf = (model: string): LanguageModel => (model === DEMO_MODEL ? demo : others);
  const chosen = (wanted: string): string => {
    const { model, instead } = choose(config, wanted);
    if (instead && !noted.has(wanted)) {
      noted.add(wanted);
      note(`The model ${wanted} cannot be asked here; ${model} answers instead.`);
    }
    return model;
  };
  /** The model to ask where this one has failed. */
  const nextAfter = (model: string, error: unknown): string | undefined => {
    const { fallbackModel } = config;
    if (!(error instanceof ModelFailure) || fallbackModel === undefined || fallbackModel === model) return undefined;
    note(`${fallbackModel} is asked instead of ${model}.`);
    return fallbackModel;
  };
  return {
    defaultModel: config.defaultModel,
    answering: (wanted) => choose(config, wanted).model,
    judgeFor(wanted) {
      const { model } = choose(config, wanted);
      return model === DEMO_MODEL ? undefined : model;
    },
    catalogue: () =>
      [...MODELS, ...ownModels(config)].map((model) => ({
        ...model,
        usable: model.kind === 'chat' && !choose(config, model.id).instead,
      })),
    async *answer(request) {
      const model = chosen(request.model);
      let begun = false;
      try {
        for await (const part of portOf(model).answer({ ...request, model })) {
          begun = true;
          yield part;
        }
      } catch (error) {
        const next = begun ? undefined : nextAfter(model, error);
        if (next === undefined) throw error;
        yield* portOf(next).answer({ ...request, model: next });
      }
    },
    async judge(request) {
      const model = chosen(request.model);
      try {
        return await portOf(model).judge?.({ ...request, model });
      } catch (error) {
        const next = nextAfter(model, error);
        if (next === undefined) throw error;
        return portOf(next).judge?.({ ...request, model: next });
      }
    },
  };
}

/** Those that only the configuration names. */
function ownModels({ defaultModel, fallbackModel, aliases }: ModelConfig) {
  const named = new Set([defaultModel, ...(fallbackModel === undefined ? [] : [fallbackModel]), ...aliases.values()]);
  return [...named].filter((id) => !MODELS.some((known) => known.id === id)).map((id) => modelOf(id, 'chat'));
}
