/** Directions for texts, from the embedding model that the configuration names. Its client is loaded when it is asked. */
import type { ModelConfig } from '../config.ts';
import type { Embedder } from '../knowledge/knowledge.ts';

const MAX_MS = 30_000;
/** As many texts as every provider takes at once. */
const AT_ONCE = 64;

/** As much of a provider's embedding model as is used here. */
interface Client {
  doEmbed(asked: { values: string[]; abortSignal: AbortSignal }): PromiseLike<{ embeddings: number[][] }>;
}

export function createEmbedder(config: ModelConfig, given: { fetch?: typeof fetch } = {}): Embedder | undefined {
  const { embeddingModel: model } = config;
  if (model === undefined) return undefined;
  let client: Promise<Client> | undefined;
  const loaded = (): Promise<Client> => {
    client ??= load(config, model, given).catch((error: unknown) => {
      client = undefined;
      throw error;
    });
    return client;
  };
  return {
    model,
    async embed(texts) {
      const asked = await loaded();
      const directions: number[][] = [];
      for (let i = 0; i < texts.length; i += AT_ONCE) {
        const values = texts.slice(i, i + AT_ONCE);
        const { embeddings } = await asked.doEmbed({ values, abortSignal: AbortSignal.timeout(MAX_MS) });
        if (embeddings.length !== values.length) throw new Error(`${model} gave fewer directions than texts.`);
        directions.push(...embeddings);
      }
      return directions;
    },
  };
}

async function load({ keys, openaiBaseUrl }: ModelConfig, model: string, given: { fetch?: typeof fetch }) {
  const provider = model.slice(0, model.indexOf('/'));
  const name = model.slice(provider.length + 1);
  if (provider === 'google') {
    const { createGoogleGenerativeAI } = await import('@ai-sdk/google');
    const baseURL = 'https://generativelanguage.googleapis.com/v1beta';
    return createGoogleGenerativeAI({ ...given, ...keyed(keys.google), baseURL }).embeddingModel(name);
  }
  if (openaiBaseUrl === undefined) {
    const { createOpenAI } = await import('@ai-sdk/openai');
    const baseURL = 'https://api.openai.com/v1';
    return createOpenAI({ ...given, ...keyed(keys.openai), baseURL }).embeddingModel(name);
  }
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
  const facts = { ...given, ...keyed(keys.openai), name: 'openai', baseURL: openaiBaseUrl };
  return createOpenAICompatible(facts).embeddingModel(name);
}

const keyed = (apiKey: string | undefined) => (apiKey === undefined ? {} : { apiKey });
