/**
 * The catalogue of language and speech models. The canonical id is `provider/name`; tongues that want a UUID get one
 * that is derived from the id, the same on every server and for ever.
 */
import { fingerprint } from '../lib/fingerprint.ts';

export interface Model {
  id: string;
  uuid: string;
  name: string;
  provider: string;
  kind: 'chat' | 'stt' | 'tts' | 'sts';
  contextWindow?: number;
}

/** Whether it can be asked on this server, with the keys that it has. */
export type KnownModel = Model & { usable: boolean };

export const modelUuid = fingerprint;

export const model = (id: string, kind: Model['kind'], contextWindow?: number): Model => {
  const provider = id.slice(0, id.indexOf('/'));
  const name = id.slice(provider.length + 1);
  return { id, uuid: modelUuid(id), name, provider, kind, ...(contextWindow && { contextWindow }) };
};

/** Whatever the server asks where an agent names none: to tongues that cannot leave the model of an agent open. */
export const DEFAULT_MODEL = 'parlance/default';

export const MODELS: readonly Model[] = [
  model('parlance/demo', 'chat', 8192),
  model('kejue/KJUE-v0', 'chat', 128_000),
  model('kejue/KJUE-v0-mini', 'chat', 128_000),
  model('kejue/KJUE-v0-large', 'chat', 128_000),
  model('kejue/KJUE-v1.0', 'chat', 128_000),
  model('openai/gpt-4o', 'chat', 128_000),
  model('openai/gpt-4o-mini', 'chat', 128_000),
  model('openai/gpt-4.1', 'chat', 1_047_576),
  model('openai/gpt-4.1-mini', 'chat', 1_047_576),
  model('anthropic/claude-sonnet-4-5', 'chat', 200_000),
  model('anthropic/claude-haiku-4-5', 'chat', 200_000),
  model('google/gemini-2.5-flash', 'chat', 1_048_576),
  model(DEFAULT_MODEL, 'chat'),
  model('parlance/demo-stt', 'stt'),
  model('parlance/demo-tts', 'tts'),
  model('openai/gpt-realtime', 'sts'),
];

const byUuid = new Map(MODELS.map((entry) => [entry.uuid, entry]));

export const modelByUuid = (uuid: string): Model | undefined => byUuid.get(uuid);
