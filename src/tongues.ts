/** Every tongue that is spoken here, in the order in which people meet them; the first answers for what belongs to none. */
import type { Config } from './config.ts';
import { agenthuman } from './dialects/agenthuman/index.ts';
import { agntix } from './dialects/agntix/index.ts';
import { ayra } from './dialects/ayra/index.ts';
import { instaview } from './dialects/instaview/index.ts';
import { kejue } from './dialects/kejue/index.ts';
import { native } from './dialects/native/index.ts';
import { openai } from './dialects/openai/index.ts';
import type { Dialect } from './http/dialect.ts';

export const dialects = (config: Config): Dialect[] => [
  native,
  kejue,
  agenthuman,
  instaview(config),
  ayra,
  agntix,
  openai,
];
