/** Who is asked for a model: its provider's client, which is loaded with the first question to it. */
import type { LanguageModel } from 'ai';
import type { ModelConfig } from '../../config.ts';

export interface Asked {
  model: LanguageModel;
  provider: string;
  /** Whether a first word by the assistant has to be led in by one of the user's. */
  userSpeaksFirst: boolean;
}

export function createProviders(config: ModelConfig, given: { fetch?: typeof fetch }) {
  const { keys, openaiBaseUrl } = config;
  const through = given.fetch ? { fetch: given.fetch } : {};
  const keyed = (key: string | undefined) => ({ ...through, ...(key !== undefined && { apiKey: key }) });
  const clients = {
    openai: once(async () => {
      const { createOpenAI } = await import('@ai-sdk/openai');
      const client = createOpenAI({ ...keyed(keys.openai), baseURL: 'https://api.openai.com/v1' });
      return (name: string) => client.chat(name);
    }),
    own: once(async () => {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      const client = createOpenAICompatible({
        ...keyed(keys.openai),
        name: 'openai',
        baseURL: openaiBaseUrl ?? '',
        includeUsage: true,
        supportsStructuredOutputs: true,
      });
      return (name: string) => client.chatModel(name);
    }),
    anthropic: once(async () => {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      const client = createAnthropic({ ...keyed(keys.anthropic), baseURL: 'https://api.anthropic.com/v1' });
      return (name: string) => client(name);
    }),
    google: once(async () => {
      const { createGoogleGenerativeAI } = await import('@ai-sdk/google');
      const client = createGoogleGenerativeAI({
        ...keyed(keys.google),
        baseURL: 'https://generativelanguage.googleapis.com/v1beta',
      });
      return (name: string) => client(name);
    }),
  };
  return async (id: string): Promise<Asked> => {
    const provider = id.slice(0, id.indexOf('/'));
    const name = id.slice(provider.length + 1);
    if (provider === 'anthropic' || provider === 'google')
      return { model: (await clients[provider]())(name), provider, userSpeaksFirst: true };
    const client = await (openaiBaseUrl === undefined ? clients.openai() : clients.own());
    return { model: client(name), provider, userSpeaksFirst: false };
  };
}

/** What failed to load is tried again with the next question. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
