/**
 * Tools of MCP servers (Model Context Protocol over streamable HTTP). Each request opens and closes its own session, so
 * that any node can continue a conversation and none holds a connection.
 */
import type { Client } from '@modelcontextprotocol/client';
import type { OfferedTool } from '../../conversations/conversation.ts';
import type { ListedTool } from '../../conversations/offer.ts';
import type { ToolOutcome } from '../../conversations/ports.ts';
import { type Send, TargetError } from '../../lib/outgoing-http.ts';
import { isObject, type JsonObject } from '../../lib/values.ts';
import { MASK, secretsOf } from '../../tools/secrets.ts';
import type { ToolSpec } from '../../tools/tool.ts';

const LIST_TIMEOUT_MS = 5000;
const CALL_TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 1_048_576;
const MAX_PAGES = 10;
const MAX_TOOLS = 200;
/** A longer text is cut before the model receives it. */
const MAX_TEXT_CHARACTERS = 65_536;

/** The tools that the server lists now. Throws a TargetError whose sentence holds no secret. */
export async function listServer(spec: ToolSpec, send: Send): Promise<ListedTool[]> {
  try {
    return await withSession(
      spec,
      send,
      Math.min(spec.timeoutMs ?? LIST_TIMEOUT_MS, LIST_TIMEOUT_MS),
      undefined,
      listAll,
    );
  } catch (error) {
    throw new TargetError(`The tools of ${spec.name} are not available: ${masked(sentenceOf(error), spec)}`);
  }
}

async function listAll(client: Client, options: RequestOptions): Promise<ListedTool[]> {
  const tools: ListedTool[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES && tools.length < MAX_TOOLS; page += 1) {
    const answer = await client.listTools(cursor === undefined ? {} : { cursor }, options);
    tools.push(
      ...answer.tools.map(({ name, description, inputSchema }) => ({
        name,
        inputSchema: inputSchema as JsonObject,
        ...(description !== undefined && { description }),
      })),
    );
    cursor = answer.nextCursor;
    if (cursor === undefined) break;
  }
  return tools.slice(0, MAX_TOOLS);
}

export async function runMcpTool(
  { spec, remoteName, name }: OfferedTool,
  input: JsonObject,
  send: Send,
  signal: AbortSignal,
): Promise<ToolOutcome> {
  if (!spec) return { output: 'The tool has no MCP server.', failed: true };
  try {
    const result = await withSession(spec, send, spec.timeoutMs ?? CALL_TIMEOUT_MS, signal, (client, options) =>
      client.callTool({ name: remoteName ?? name, arguments: input }, options),
    );
    return { output: masked(textOf(result), spec), failed: result.isError === true };
  } catch (error) {
    return { output: masked(sentenceOf(error), spec), failed: true };
  }
}

interface RequestOptions {
  timeout: number;
  signal: AbortSignal;
}

/** Runs `act` in one session. The time limit covers all of it, from opening to close. */
async function withSession<T>(
  { mcp }: ToolSpec,
  send: Send,
  timeoutMs: number,
  outer: AbortSignal | undefined,
  act: (client: Client, options: RequestOptions) => Promise<T>,
): Promise<T> {
  if (!mcp || !URL.canParse(mcp.url)) throw new TargetError('The MCP server has no valid URL.');
  // The client is loaded with its first use, to keep the start fast.
  const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = outer ? AbortSignal.any([outer, deadline]) : deadline;
  const options = { timeout: timeoutMs, signal };
  const client = new Client({ name: 'parlance', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL(mcp.url), {
    fetch: fetchThrough(send, timeoutMs, signal),
    requestInit: { headers: { 'User-Agent': 'Parlance-Tools', ...mcp.headers } },
    reconnectionOptions: {
      maxRetries: 0,
      initialReconnectionDelay: 1000,
      maxReconnectionDelay: 1000,
      reconnectionDelayGrowFactor: 1,
    },
  });
  try {
    await client.connect(transport as Parameters<Client['connect']>[0], options);
    return await act(client, options);
  } catch (error) {
    if (deadline.aborted) throw new TargetError(`There was no answer within ${timeoutMs} ms.`);
    throw error;
  } finally {
    // If this request is lost, the server ends the session after its own timeout.
    if (!signal.aborted) await transport.terminateSession().catch(() => {});
    await client.close().catch(() => {});
  }
}

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** A `fetch` for the MCP client that goes through the checks on outgoing requests. */
function fetchThrough(send: Send, timeoutMs: number, signal: AbortSignal): Fetch {
  return async (url, init = {}) => {
    const method = init.method ?? 'GET';
    // GET opens a stream of notifications, which a short session does not need; 405 declines it.
    if (method === 'GET') return new Response(null, { status: 405 });
    const answer = await send({
      method,
      url: String(url),
      headers: Object.fromEntries(new Headers(init.headers)),
      ...(typeof init.body === 'string' && { body: init.body }),
      timeoutMs,
      maxBytes: MAX_ANSWER_BYTES,
      signal,
    });
    if (!answer.complete) throw new TargetError('The answer of the server is too long, or broke off.');
    const headers = Object.entries(answer.headers).flatMap(([name, value]) =>
      [value ?? []].flat().map((one): [string, string] => [name, one]),
    );
    const empty = answer.status === 204 || answer.status === 205 || answer.status === 304;
    return new Response(empty ? null : new Uint8Array(answer.body), { status: answer.status, headers });
  };
}

/** A sentence for the model. Only protocol errors carry a message of the server. */
function sentenceOf(error: unknown): string {
  if (error instanceof TargetError) return error.message;
  const { status, message } = error as { status?: unknown; message?: unknown };
  const name = error instanceof Error ? error.constructor.name : undefined;
  if (name === 'SdkHttpError' && typeof status === 'number') return `The server answered ${status}.`;
  if (name === 'UnauthorizedError') return 'The server refused the credentials of the tool.';
  if (name === 'ProtocolError' && typeof message === 'string') return message.slice(0, 500);
  return 'The server does not speak the Model Context Protocol.';
}

/** The text of a result. Other content is only named. */
function textOf(result: JsonObject): string {
  const content = Array.isArray(result['content']) ? result['content'].filter(isObject) : [];
  const parts = content.map((part) => {
    if (part['type'] === 'text') return String(part['text']);
    const { resource } = part;
    if (isObject(resource) && typeof resource['text'] === 'string') return resource['text'];
    if (part['type'] === 'resource_link') return String(part['uri']);
    return `[${part['type']}: not shown]`;
  });
  const structured = parts.length === 0 && isObject(result['structuredContent']);
  const text = structured ? JSON.stringify(result['structuredContent']) : parts.join('\n');
  if (text === '') return 'The tool answered, without content.';
  return text.length > MAX_TEXT_CHARACTERS
    ? `${text.slice(0, MAX_TEXT_CHARACTERS)}\n[The answer is longer; this is its beginning.]`
    : text;
}

const masked = (text: string, spec: ToolSpec): string =>
  secretsOf(spec).reduce((result, secret) => result.replaceAll(secret, MASK), text);
