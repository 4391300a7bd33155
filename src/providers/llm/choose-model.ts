/** Chooses the model that answers: an alias, else the model named where it is configured, else the default. Pure. */

import { DEFAULT_MODEL } from '../../agents/models.ts';
import { isUsable, type ModelConfig } from '../../config.ts';

export interface Choice {
  model: string;
  /** The model named is not configured here, and another one takes its place. */
  substituted: boolean;
}

export function choose(config: ModelConfig, requested: string): Choice {
  const model =
    config.aliases.get(requested) ?? config.aliases.get(requested.slice(requested.indexOf('/') + 1)) ?? requested;
  if (isUsable(config, model)) return { model, substituted: false };
  // These names exist only in one dialect and always mean the default model, so they need no warning.
  const meansDefault = requested === DEFAULT_MODEL || requested.startsWith('kejue/');
  return { model: config.defaultModel, substituted: !meansDefault };
}
