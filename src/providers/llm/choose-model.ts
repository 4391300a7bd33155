/** Which model answers for the one that an agent names: aliases, then what can be asked here, else the default. Pure. */

import { DEFAULT_MODEL } from '../../agents/models.ts';
import { isUsable, type ModelConfig } from '../../config.ts';

export interface Choice {
  model: string;
  /** The named one cannot be asked here. */
  instead: boolean;
}

export function choose(config: ModelConfig, wanted: string): Choice {
  const model = config.aliases.get(wanted) ?? config.aliases.get(wanted.slice(wanted.indexOf('/') + 1)) ?? wanted;
  if (isUsable(config, model)) return { model, instead: false };
  // Kejue's names are nobody's but its own: to mean the default model by them is no surprise that needs a note.
  const meansDefault = wanted === DEFAULT_MODEL || wanted.startsWith('kejue/');
  return { model: config.defaultModel, instead: !meansDefault };
}
