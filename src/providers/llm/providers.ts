/** The clients of the model providers, each loaded with the first request to it. */
import type { OpenAIProvider } from '@ai-sdk/openai';
import type { ModelConfig } from '../../config.ts';
import { createCompatible } from './compatible.ts';

/** A model of the AI SDK; its shapes are the same for every provider. */
export type Client = ReturnType<OpenAIProvider['chat']>;
export type CallOptions = Parameters<Client['doStream']>[0];

type SdkPart = Awaited<ReturnType<Client['doStream']>>['stream'] extends ReadableStream<infer P> ? P : never;

/** The parts of an answer that are used, from any provider. */
export type WirePart =
  | { type: 'text-delta'; delta: string }
  | { type: 'tool-call'; toolCallId: string; toolName: string; input: string }
  | {
      type: 'finish';
      finishReason: { unified: string; raw: string | undefined };
      usage: { inputTokens: { total: number | undefined }; outputTokens: { total: number | undefined } };
    };

/** Reads one part at a time, so that a slow reader slows the provider down. */
export interface PartReader {
  read(): Promise<{ done?: boolean; value?: WirePart | SdkPart | undefined }>;
}

export interface ModelClient {
  open(options: CallOptions): PromiseLike<PartReader>;
  /** The provider refuses conversations that the assistant starts. */
  userSpeaksFirst: boolean;
}

export function createLlmProviders(config: ModelConfig, options: { fetch?: typeof fetch }) {
  const { keys, openaiBaseUrl } = config;
  const transport = options.fetch ? { fetch: options.fetch } : {};
  const withKey = (key: string | undefined) => ({ ...transport, ...(key !== undefined && { apiKey: key }) });
  const clients = {
    openai: once(async () => {
      const { createOpenAI } = await import('@ai-sdk/openai');
      const client = createOpenAI({ ...withKey(keys.openai), baseURL: 'https://api.openai.com/v1' });
      return (name: string) => client.chat(name);
    }),
    anthropic: once(async () => {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      const client = createAnthropic({ ...withKey(keys.anthropic), baseURL: 'https://api.anthropic.com/v1' });
      return (name: string) => client(name);
    }),
    google: once(async () => {
      const { createGoogleGenerativeAI } = await import('@ai-sdk/google');
      const client = createGoogleGenerativeAI({
        ...withKey(keys.google),
        baseURL: 'https://generativelanguage.googleapis.com/v1beta',
      });
      return (name: string) => client(name);
    }),
  };
  const compatible =
    openaiBaseUrl === undefined ? undefined : createCompatible({ baseUrl: openaiBaseUrl, key: keys.openai });
  const readerOf = (client: Client) => async (options: CallOptions) =>
    (await client.doStream(options)).stream.getReader();
  const createClient = async (id: string): Promise<ModelClient> => {
    const provider = id.slice(0, id.indexOf('/'));
    const name = id.slice(provider.length + 1);
    if (provider === 'anthropic' || provider === 'google')
      return { open: readerOf((await clients[provider]())(name)), userSpeaksFirst: true };
    const open = compatible ? compatible(name) : readerOf((await clients.openai())(name));
    return { open, userSpeaksFirst: false };
  };
  // A client compiles schemas when it is made, so clients are cached. Agents may name any model, so the cache is limited.
  const cache = new Map<string, ModelClient>();
  return async (id: string): Promise<ModelClient> => {
    const cached = cache.get(id);
    if (cached) return cached;
    const client = await createClient(id);
    if (cache.size >= CACHE_SIZE) cache.clear();
    cache.set(id, client);
    return client;
  };
}

const CACHE_SIZE = 200;

/** Runs `make` once; after a failure the next call runs it again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= make().catch((error: unknown) => {
      result = undefined;
      throw error;
    });
    return result;
  };
}
