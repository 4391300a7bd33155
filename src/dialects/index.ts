/** All dialects, in the order of the reference. The first one answers requests that match no dialect. */
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
