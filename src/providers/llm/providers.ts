/** Who is asked for a model: its provider's client, which is loaded with the first question to it. */
import type { OpenAIProvider } from '@ai-sdk/openai';
import type { ModelConfig } from '../../config.ts';
import { createCompatible } from './compatible.ts';

/** What every client of the AI SDK is: the same shapes, whoever is asked. */
export type Client = ReturnType<OpenAIProvider['chat']>;
export type CallOptions = Parameters<Client['doStream']>[0];

type SdkPart = Awaited<ReturnType<Client['doStream']>>['stream'] extends ReadableStream<infer P> ? P : never;

/** What of an answer is looked at, whoever gives it. */
export type WirePart =
  | { type: 'text-delta'; delta: string }
  | { type: 'tool-call'; toolCallId: string; toolName: string; input: string }
  | {
      type: 'finish';
      finishReason: { unified: string; raw: string | undefined };
      usage: { inputTokens: { total: number | undefined }; outputTokens: { total: number | undefined } };
    };

/** Asked for each part; what is not asked for stays with the provider. */
export interface PartReader {
  read(): Promise<{ done?: boolean; value?: WirePart | SdkPart | undefined }>;
}

export interface Asked {
  open(options: CallOptions): PromiseLike<PartReader>;
  /** Whether a first word by the assistant has to be led in by one of the user's. */
  userSpeaksFirst: boolean;
}

export function createLlmProviders(config: ModelConfig, given: { fetch?: typeof fetch }) {
  const { keys, openaiBaseUrl } = config;
  const through = given.fetch ? { fetch: given.fetch } : {};
  const keyed = (key: string | undefined) => ({ ...through, ...(key !== undefined && { apiKey: key }) });
  const clients = {
    openai: once(async () => {
      const { createOpenAI } = await import('@ai-sdk/openai');
      const client = createOpenAI({ ...keyed(keys.openai), baseURL: 'https://api.openai.com/v1' });
      return (name: string) => client.chat(name);
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
  const own = openaiBaseUrl === undefined ? undefined : createCompatible({ baseUrl: openaiBaseUrl, key: keys.openai });
  const readerOf = (client: Client) => async (options: CallOptions) =>
    (await client.doStream(options)).stream.getReader();
  const make = async (id: string): Promise<Asked> => {
    const provider = id.slice(0, id.indexOf('/'));
    const name = id.slice(provider.length + 1);
    if (provider === 'anthropic' || provider === 'google')
      return { open: readerOf((await clients[provider]())(name)), userSpeaksFirst: true };
    const open = own ? own(name) : readerOf((await clients.openai())(name));
    return { open, userSpeaksFirst: false };
  };
  // A client compiles its schemas anew, so it is kept; agents may name whatever they like, so not for ever.
  const made = new Map<string, Asked>();
  return async (id: string): Promise<Asked> => {
    const known = made.get(id);
    if (known) return known;
    const asked = await make(id);
    if (made.size >= MAX_KEPT) made.clear();
    made.set(id, asked);
    return asked;
  };
}

const MAX_KEPT = 200;

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
