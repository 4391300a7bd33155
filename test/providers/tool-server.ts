/** A local server that tools call, and a conversation to call them in. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { newDocument } from '../../src/agents/agent.ts';
import type { ContactInput } from '../../src/contacts/contact.ts';
import type { Conversation, OfferedTool, Persona } from '../../src/conversations/conversation.ts';
import { inputSchemaOf } from '../../src/conversations/tool-input.ts';
import { newState } from '../../src/conversations/turn.ts';
import { createOutgoingHttp } from '../../src/lib/outgoing-http.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import { createToolRunner, type ToolParts } from '../../src/providers/tools/index.ts';
import type { ToolSpec } from '../../src/tools/tool.ts';

export const AT = '2026-05-01T10:00:00.000Z';

export interface ReceivedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Shop {
  url: string;
  requests: ReceivedRequest[];
  /** Answers the requests from now on. */
  answer: (response: ServerResponse, request: ReceivedRequest) => void;
}

export const json =
  (value: unknown, status = 200) =>
  (response: ServerResponse) =>
    void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));

export async function openShop(): Promise<Shop> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const received = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
      shop.requests.push(received);
      shop.answer(response, received);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const shop: Shop = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    answer: json({ ok: true }),
  };
  return shop;
}

export function personaOf(agentId: string, name: string, tools: OfferedTool[] = []): Persona {
  return { agentId, revision: 1, document: newDocument(name), profile: undefined, name, tools, afterwards: [] };
}

export function conversationOf(personas: Persona[] = [personaOf('a', 'Ana')], more: Partial<Conversation> = {}) {
  const first = personas[0]!;
  const conversation: Conversation = {
    workspaceId: 'w',
    id: 'conv-1',
    number: 1,
    agentId: first.agentId,
    revision: 1,
    dialect: 'native',
    by: 'test',
    channel: 'chat',
    locale: 'en',
    contactId: null,
    state: newState(first.agentId),
    snapshot: {
      personas: Object.fromEntries(personas.map((persona) => [persona.agentId, persona])),
      firstAgentId: first.agentId,
      channel: 'chat',
      locale: 'en',
      variables: { shop: 'nine', order: { id: 7 } },
      contact: { firstName: 'Li', email: 'li@example.com' },
      memory: {},
      settings: {},
      overrides: {},
      notes: [],
      label: null,
      startedAt: AT,
    },
    metadata: {},
    extras: {},
    usage: { input: 0, output: 0 },
    analysis: null,
    startedAt: AT,
    lastActivityAt: AT,
    endedAt: null,
    version: 1,
    ...more,
  };
  return conversation;
}

/** Contacts in memory; changes are applied one at a time. */
export function contactsOf(people: Record<string, ContactInput>): ToolParts['contacts'] {
  const contact = (id: string) => ({ workspaceId: 'w', id, fields: people[id]!, createdAt: AT, updatedAt: AT });
  return {
    get: async (workspaceId, id) => (workspaceId === 'w' && people[id] ? contact(id) : undefined),
    update: async (_workspaceId, id, change) => {
      people[id] = change(people[id]!);
      return contact(id);
    },
  };
}

/** Call actions of a conversation without a call. */
export const NO_CALLS: ToolParts['calls'] = {
  transfer: async () => false,
  sendDtmf: () => false,
  markAsVoicemail: () => false,
  callBack: async () => false,
  place: async () => 'placed',
};

export const runnerOf = (parts: Partial<ToolParts> = {}) =>
  createToolRunner({
    send: createOutgoingHttp({ allowPrivateTargets: true }),
    contacts: contactsOf({}),
    calls: NO_CALLS,
    now: () => new Date(AT),
    ...parts,
  });

export const httpTool = (spec: Omit<ToolSpec, 'name'>): OfferedTool => {
  const complete: ToolSpec = { name: 'tool', kind: 'http', ...spec };
  return {
    name: 'tool',
    description: '',
    inputSchema: inputSchemaOf(complete),
    source: 'http',
    config: {},
    spec: complete,
  };
};

export const callOf = (input: JsonObject = {}, name = 'tool') => ({ id: 'call_1', name, input });
export const never = new AbortController().signal;
