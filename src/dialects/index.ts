/** Every tongue that is spoken here, in the order in which people meet them; the first answers for what belongs to none. */
import type { Config } from '../config.ts';
import type { Dialect } from '../http/dialect.ts';
import { agenthuman } from './agenthuman/index.ts';
import { agntix } from './agntix/index.ts';
import { ayra } from './ayra/index.ts';
import { instaview } from './instaview/index.ts';
import { kejue } from './kejue/index.ts';
import { native } from './native/index.ts';
import { openai } from './openai/index.ts';

export const dialects = (config: Config): Dialect[] => [
  native,
  kejue,
  agenthuman,
  instaview(config),
  ayra,
  agntix,
  openai,
];
