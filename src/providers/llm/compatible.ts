/**
 * A client for OpenAI's chat completions API (https://platform.openai.com/docs/api-reference/chat), which Ollama, vLLM
 * and others serve too. It sends the same requests as the AI SDK's client for less than half of the processor time:
 * docs/decisions/0012-chat-completions.md.
 */
import type { IncomingMessage } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import { requestTo } from '../../lib/outgoing-http.ts';
import { isObject, type JsonObject } from '../../lib/values.ts';
import { createEventReader } from './event-reader.ts';
import type { CallOptions, PartReader, WirePart } from './providers.ts';

export interface CompatibleServer {
  /** Including `/v1`. */
  baseUrl: string;
  key: string | undefined;
}

/** An error under a name that `failures.ts` classifies. */
class WireError extends Error {
  readonly statusCode: number | undefined;
  readonly responseHeaders: JsonObject;
  constructor(name: string, message: string, response?: IncomingMessage) {
    super(message);
    this.name = name;
    this.statusCode = response?.statusCode;
    this.responseHeaders = { ...response?.headers };
  }
}
const streamCut = () => new WireError('StreamCutError', 'The stream ended before the answer did.');
const garbage = (message: string) => new WireError('AI_InvalidResponseDataError', message);

export function createCompatible({ baseUrl, key }: CompatibleServer) {
  const url = new URL(`${baseUrl.replace(/\/+$/, '')}/chat/completions`);
  const headers = {
    'content-type': 'application/json',
    accept: 'text/event-stream',
    'user-agent': 'Parlance',
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
  };
  return (name: string) =>
    async (options: CallOptions): Promise<PartReader> => {
      const response = await post(url, headers, JSON.stringify(bodyOf(name, options)), options.abortSignal);
      const status = response.statusCode ?? 0;
      if (status < 200 || status >= 300) throw await errorOf(response);
      const parts = partsOf(response);
      return { read: () => parts.next() };
    };
}

function post(
  url: URL,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal | undefined,
  isRetry = false,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': Buffer.byteLength(body) };
    const request = requestTo(url)(url, { method: 'POST', headers: { ...headers, ...length } }, resolve);
    const cancel = () => request.destroy();
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    request.on('close', () => signal?.removeEventListener('abort', cancel));
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The server closed an idle keep-alive connection while the request was sent; a new connection will work.
      const isStale = request.reusedSocket && error.code === 'ECONNRESET' && !isRetry && !signal?.aborted;
      if (isStale) post(url, headers, body, signal, true).then(resolve, reject);
      else reject(error);
    });
    request.end(body);
  });
}

/** Our names of the sampling settings, and those of the API. */
const SAMPLING = {
  temperature: 'temperature',
  topP: 'top_p',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  seed: 'seed',
  maxOutputTokens: 'max_tokens',
  stopSequences: 'stop',
} as const;

function bodyOf(model: string, options: CallOptions): JsonObject {
  const { prompt, tools, toolChoice, responseFormat } = options;
  const sampling = Object.entries(SAMPLING).flatMap(([ours, theirs]) => {
    const value = options[ours as keyof typeof SAMPLING];
    return value === undefined ? [] : [[theirs, value]];
  });
  return {
    model,
    ...Object.fromEntries(sampling),
    ...(responseFormat?.type === 'json' &&
      responseFormat.schema && {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'response', schema: responseFormat.schema, strict: false },
        },
      }),
    messages: prompt.flatMap(messagesOf),
    ...(tools?.length && { tools: tools.flatMap(toolOf) }),
    ...(tools?.length && toolChoice && { tool_choice: toolChoice.type }),
    stream: true,
    stream_options: { include_usage: true },
  };
}

function messagesOf(message: CallOptions['prompt'][number]): JsonObject[] {
  if (message.role === 'system') return [{ role: 'system', content: message.content }];
  if (message.role === 'tool')
    return message.content.flatMap((part) =>
      part.type === 'tool-result' && part.output.type === 'text'
        ? [{ role: 'tool', tool_call_id: part.toolCallId, content: part.output.value }]
        : [],
    );
  const text = message.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  if (message.role === 'user') return [{ role: 'user', content: text }];
  const calls = message.content.flatMap((part) =>
    part.type === 'tool-call'
      ? [
          {
            id: part.toolCallId,
            type: 'function',
            function: { name: part.toolName, arguments: JSON.stringify(part.input) },
          },
        ]
      : [],
  );
  if (calls.length === 0) return [{ role: 'assistant', content: text }];
  return [{ role: 'assistant', content: text === '' ? null : text, tool_calls: calls }];
}

const toolOf = (tool: NonNullable<CallOptions['tools']>[number]): JsonObject[] =>
  tool.type === 'function'
    ? [
        {
          type: 'function',
          function: { name: tool.name, description: tool.description, parameters: tool.inputSchema },
        },
      ]
    : [];

const MAX_ERROR_CHARACTERS = 65_536;

/** The error of an answer that is not 2xx, with the message from its body. */

async function errorOf(response: IncomingMessage): Promise<WireError> {
  let text = '';
  try {
    for await (const piece of response.setEncoding('utf8')) {
      text += piece;
      if (text.length > MAX_ERROR_CHARACTERS) break;
    }
  } catch {
    // The part of the body that arrived is enough.
  }
  const body = parsed(text);
  const { message } = isObject(body) && isObject(body['error']) ? body['error'] : {};
  return new WireError('WireError', typeof message === 'string' ? message : (response.statusMessage ?? ''), response);
}

/** A tool call that arrives in pieces. */
interface PartialCall {
  id: string;
  name: string;
  args: string;
}

/** Text parts as they arrive; then the tool calls and the end, once they are complete. */
async function* partsOf(response: IncomingMessage): AsyncGenerator<WirePart> {
  const events = createEventReader();
  const decoder = new StringDecoder('utf8');
  const calls = new Map<number, PartialCall>();
  let finish: string | undefined;
  let usage: JsonObject = {};
  let isDone = false;
  // The reader receives errors. Errors after it has gone are ignored.
  response.on('error', () => {});
  try {
    // Leaving the loop must not destroy the response, so that the connection can be used again.
    for await (const bytes of response.iterator({ destroyOnReturn: false })) {
      for (const data of events.push(decoder.write(bytes as Buffer))) {
        if (data === '[DONE]') {
          isDone = true;
          break;
        }
        const chunk = chunkIn(data);
        if (isObject(chunk['usage'])) usage = chunk['usage'];
        const [choice] = Array.isArray(chunk['choices']) ? (chunk['choices'] as unknown[]) : [];
        if (!isObject(choice)) continue;
        if (typeof choice['finish_reason'] === 'string') finish = choice['finish_reason'];
        const delta = isObject(choice['delta']) ? choice['delta'] : {};
        if (Array.isArray(delta['tool_calls'])) addPieces(calls, delta['tool_calls']);
        const text = delta['content'];
        if (typeof text === 'string' && text !== '') yield { type: 'text-delta', delta: text };
      }
      if (isDone) break;
    }
  } catch (error) {
    throw error instanceof WireError ? error : streamCut();
  }
  if (finish === undefined) throw streamCut();
  for (const { id, name, args } of calls.values())
    yield { type: 'tool-call', toolCallId: id, toolName: name, input: args };
  yield { type: 'finish', finishReason: { unified: UNIFIED[finish] ?? 'other', raw: finish }, usage: tokensOf(usage) };
  if (isDone) await responseEnd(response);
}

const UNIFIED: Record<string, string> = { stop: 'stop', length: 'length', content_filter: 'content-filter' };

const tokensOf = ({ prompt_tokens: input, completion_tokens: output }: JsonObject) => ({
  inputTokens: { total: typeof input === 'number' ? input : undefined },
  outputTokens: { total: typeof output === 'number' ? output : undefined },
});

function chunkIn(data: string): JsonObject {
  const chunk = parsed(data);
  if (!isObject(chunk)) throw garbage('The server sent an event that is not a JSON object.');
  const { error } = chunk;
  if (error === undefined || error === null) return chunk;
  const { message, type, code } = isObject(error) ? error : { message: error };
  throw Object.assign(new WireError('WireError', String(message ?? 'The server sent an error in the stream.')), {
    type,
    code,
  });
}

const MAX_ARGUMENTS_CHARACTERS = 1_048_576;
const MAX_CALLS = 128;

/** Adds pieces to the calls. The first piece of a call has its name; the arguments may arrive in any number. */
function addPieces(calls: Map<number, PartialCall>, pieces: readonly unknown[]): void {
  for (const [place, piece] of pieces.entries()) {
    if (!isObject(piece)) throw garbage('The server sent a tool call that is not an object.');
    const index = typeof piece['index'] === 'number' ? piece['index'] : place;
    const { name, arguments: args } = isObject(piece['function']) ? piece['function'] : {};
    const known = calls.get(index);
    if (!known && typeof name !== 'string') throw garbage('The server sent a tool call without a name.');
    const call = known ?? { id: String(piece['id'] ?? `call_${index}`), name: String(name), args: '' };
    if (typeof args === 'string') call.args += args;
    if (call.args.length > MAX_ARGUMENTS_CHARACTERS || calls.size > MAX_CALLS)
      throw garbage('The server sent too many tool calls, or too long ones.');
    calls.set(index, call);
  }
}

const MAX_END_WAIT_MS = 1000;

/** Waits for the server to end the response after `[DONE]`, so that the connection can be used again. */
const responseEnd = (response: IncomingMessage): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, MAX_END_WAIT_MS);
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    response.resume();
  });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
