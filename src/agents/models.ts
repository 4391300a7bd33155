/**
 * The catalogue of language and speech models. The canonical id is `provider/name`. Dialects that need a UUID get one
 * that is derived from this id, so it is the same on every server.
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

/** A model, and whether this server has what it needs to call it, such as the provider's key. */
export type KnownModel = Model & { usable: boolean };

export const modelUuid = fingerprint;

export const model = (id: string, kind: Model['kind'], contextWindow?: number): Model => {
  const provider = id.slice(0, id.indexOf('/'));
  const name = id.slice(provider.length + 1);
  return { id, uuid: modelUuid(id), name, provider, kind, ...(contextWindow && { contextWindow }) };
};

/** Stands for the model that the server uses for agents without one, in dialects that must always name a model. */
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
