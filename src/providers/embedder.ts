/** Embeddings of texts, from the model in PARLANCE_EMBEDDING_MODEL. Its client is loaded with the first request. */
import type { ModelConfig } from '../config.ts';
import type { Embedder } from '../knowledge/knowledge.ts';

const TIMEOUT_MS = 30_000;
/** Texts in one request; every provider accepts this many. */
const BATCH_SIZE = 64;

/** The part of the AI SDK's embedding model that is used here. */
interface Client {
  doEmbed(request: { values: string[]; abortSignal: AbortSignal }): PromiseLike<{ embeddings: number[][] }>;
}

/** Undefined where no embedding model is configured. */
export function createEmbedder(config: ModelConfig, options: { fetch?: typeof fetch } = {}): Embedder | undefined {
  const { embeddingModel: model } = config;
  if (model === undefined) return undefined;
  let client: Promise<Client> | undefined;
  const loadClient = (): Promise<Client> => {
    client ??= load(config, model, options).catch((error: unknown) => {
      client = undefined;
      throw error;
    });
    return client;
  };
  return {
    model,
    async embed(texts) {
      const loaded = await loadClient();
      const vectors: number[][] = [];
      for (let i = 0; i < texts.length; i += BATCH_SIZE) {
        const values = texts.slice(i, i + BATCH_SIZE);
        const { embeddings } = await loaded.doEmbed({ values, abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
        if (embeddings.length !== values.length)
          throw new Error(`${model} answered ${embeddings.length} embeddings for ${values.length} texts.`);
        vectors.push(...embeddings);
      }
      return vectors;
    },
  };
}

async function load({ keys, openaiBaseUrl }: ModelConfig, model: string, options: { fetch?: typeof fetch }) {
  const provider = model.slice(0, model.indexOf('/'));
  const name = model.slice(provider.length + 1);
  if (provider === 'google') {
    const { createGoogleGenerativeAI } = await import('@ai-sdk/google');
    const baseURL = 'https://generativelanguage.googleapis.com/v1beta';
    return createGoogleGenerativeAI({ ...options, ...apiKeyOf(keys.google), baseURL }).embeddingModel(name);
  }
  if (openaiBaseUrl === undefined) {
    const { createOpenAI } = await import('@ai-sdk/openai');
    const baseURL = 'https://api.openai.com/v1';
    return createOpenAI({ ...options, ...apiKeyOf(keys.openai), baseURL }).embeddingModel(name);
  }
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
  const settings = { ...options, ...apiKeyOf(keys.openai), name: 'openai', baseURL: openaiBaseUrl };
  return createOpenAICompatible(settings).embeddingModel(name);
}

const apiKeyOf = (apiKey: string | undefined) => (apiKey === undefined ? {} : { apiKey });
