/** The language models of this server. Each request goes to the model that the agent names, or to its substitute. */

import { type KnownModel, MODELS, model as modelOf } from '../../agents/models.ts';
import type { ModelConfig } from '../../config.ts';
import { type LanguageModel, ModelFailure } from '../../conversations/ports.ts';
import { type AiSdkOptions, createAiSdk } from './ai-sdk.ts';
import { choose } from './choose-model.ts';
import { DEMO_MODEL, demo } from './demo.ts';

export interface Models extends Required<LanguageModel> {
  defaultModel: string;
  /** The model that answers for agents with this model. */
  answering(model: string): string;
  /** Every known model, also those that only the configuration names, and whether this server can use it. */
  catalogue(): KnownModel[];
}

/** `warn` receives what no answer shows: substituted models, and attempts that failed. */
export function createModels(config: ModelConfig, options: AiSdkOptions = {}): Models {
  const { warn = () => {} } = options;
  const warned = new Set<string>();
  const aiSdk = createAiSdk(config, options);
  const portOf = (model: string): LanguageModel => (model === DEMO_MODEL ? demo : aiSdk);
  const chosen = (requested: string): string => {
    const { model, substituted } = choose(config, requested);
    if (substituted && !warned.has(requested)) {
      warned.add(requested);
      warn(
        `The model ${requested} is not configured; ${model} answers instead. Set its provider's key or PARLANCE_MODEL_ALIASES.`,
      );
    }
    return model;
  };
  /** The model to ask after this one has failed; undefined where there is none. */
  const nextAfter = (model: string, error: unknown): string | undefined => {
    const { fallbackModel } = config;
    if (!(error instanceof ModelFailure) || fallbackModel === undefined || fallbackModel === model) return undefined;
    warn(`${model} failed; the fallback model ${fallbackModel} answers instead.`);
    return fallbackModel;
  };
  return {
    defaultModel: config.defaultModel,
    answering: (requested) => choose(config, requested).model,
    judgeFor(requested) {
      const { model } = choose(config, requested);
      return model === DEMO_MODEL ? undefined : model;
    },
    catalogue: () =>
      [...MODELS, ...ownModels(config)].map((model) => ({
        ...model,
        usable: model.kind === 'chat' && !choose(config, model.id).substituted,
      })),
    async *answer(request) {
      const model = chosen(request.model);
      let started = false;
      try {
        for await (const part of portOf(model).answer({ ...request, model })) {
          started = true;
          yield part;
        }
      } catch (error) {
        const next = started ? undefined : nextAfter(model, error);
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

/** The models that only the configuration names. */
function ownModels({ defaultModel, fallbackModel, aliases }: ModelConfig) {
  const named = new Set([defaultModel, ...(fallbackModel === undefined ? [] : [fallbackModel]), ...aliases.values()]);
  return [...named].filter((id) => !MODELS.some((known) => known.id === id)).map((id) => modelOf(id, 'chat'));
}
