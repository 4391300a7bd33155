/** MCP tools, against servers made with the official SDK. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, test } from 'node:test';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';
import { newDocument } from '../../src/agents/agent.ts';
import { offeredTools } from '../../src/conversations/offer.ts';
import { createOutgoingHttp } from '../../src/lib/outgoing-http.ts';
import type { Tool, ToolSpec } from '../../src/tools/tool.ts';
import { AT, callOf, conversationOf, never, runnerOf } from './tool-server.ts';

const SECRET = 'sesame-open-1';

function serverOf(headers: IncomingMessage['headers']): McpServer {
  const server = new McpServer({ name: 'crm', version: '1' });
  server.registerTool(
    'find.lead',
    { description: 'Finds a lead.', inputSchema: { name: z.string(), limit: z.number().int().optional() } },
    async ({ name }) => ({ content: [{ type: 'text', text: `Found ${name} for ${headers['x-key']}` }] }),
  );
  server.registerTool('broken', { description: 'Fails.' }, async () => {
    throw new Error('The lead is locked.');
  });
  server.registerTool('slow', {}, () => new Promise(() => {}));
  server.registerTool('picture', {}, async () => ({
    content: [
      { type: 'image', data: 'AAAA', mimeType: 'image/png' },
      { type: 'text', text: 'A chart.' },
    ],
  }));
  return server;
}

/** `stateful` servers keep sessions; the others treat each request alone. `asJson` answers without a stream. */
async function openCrm({ stateful = true, asJson = false } = {}) {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const methods: string[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    methods.push(request.method ?? '');
    if (request.headers['x-key'] !== SECRET) return void response.writeHead(401).end();
    const known = sessions.get(String(request.headers['mcp-session-id']));
    if (known) return known.handleRequest(request, response);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: stateful ? () => randomUUID() : undefined,
      enableJsonResponse: asJson,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    await serverOf(request.headers).connect(transport as Parameters<McpServer['connect']>[0]);
    await transport.handleRequest(request, response);
  };
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, sessions, methods };
}

const toolOf = (mcp: NonNullable<ToolSpec['mcp']>, more: Partial<ToolSpec> = {}): Tool => ({
  workspaceId: 'w',
  id: '00000000-0000-7000-8000-000000000001',
  spec: { name: 'crm', kind: 'mcp', mcp, ...more },
  createdAt: AT,
  updatedAt: AT,
});
const headers = { 'X-Key': SECRET };
const runner = runnerOf();

/** The tools that an agent with this server is offered. */
async function offerOf(tool: Tool) {
  const document = { ...newDocument('Ana'), tools: [{ toolId: tool.id, channels: ['text' as const], config: {} }] };
  const list = await runner.list(tool);
  const listed = new Map(list ? [[tool.id, list]] : []);
  return offeredTools({ document, channel: 'chat', tools: [tool], agents: new Map(), listed }).tools;
}

describe('an MCP server', () => {
  test('lists its tools, and each is called under the server’s own name', async () => {
    for (const kind of [{}, { asJson: true }, { stateful: false }, { stateful: false, asJson: true }]) {
      const crm = await openCrm(kind);
      const [find, broken, , picture] = await offerOf(toolOf({ url: crm.url, headers }));
      assert.deepEqual([find?.name, find?.remoteName, find?.description], ['find_lead', 'find.lead', 'Finds a lead.']);
      assert.deepEqual(find?.inputSchema['required'], ['name']);
      const found = await runner.run(find!, callOf({ name: 'Li' }, 'find_lead'), conversationOf(), never);
      assert.deepEqual(found, { failed: false, output: 'Found Li for ********' });
      const failed = await runner.run(broken!, callOf({}, 'broken'), conversationOf(), never);
      assert.deepEqual(failed, { failed: true, output: 'The lead is locked.' });
      const shown = await runner.run(picture!, callOf({}, 'picture'), conversationOf(), never);
      assert.deepEqual(shown, { failed: false, output: '[image: not shown]\nA chart.' });
      assert.equal(crm.sessions.size, 0, 'every session was closed');
      assert.ok(!crm.methods.includes('GET'), 'no stream is left open');
    }
  });

  test('that takes too long is not waited for', async () => {
    const crm = await openCrm();
    const tools = await offerOf(toolOf({ url: crm.url, headers }, { timeoutMs: 400 }));
    const slow = tools.find(({ name }) => name === 'slow')!;
    const outcome = await runner.run(slow, callOf({}, 'slow'), conversationOf(), never);
    assert.deepEqual(outcome, { failed: true, output: 'There was no answer within 400 ms.' });
  });

  test('that fails to list its tools is left out, and the log says why', async () => {
    const crm = await openCrm();
    const stranger = createServer((_request, response) => void response.end('<html>Hello</html>'));
    const silent = createServer(() => {});
    for (const server of [stranger, silent])
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    after(() => {
      for (const server of [stranger, silent]) {
        server.closeAllConnections();
        server.close();
      }
    });
    const urlOf = (server: typeof silent) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const cases: [string, RegExp][] = [
      ['http://127.0.0.1:1/mcp', /The connection was refused/],
      [crm.url, /The server answered 401|does not let us in/],
      [urlOf(stranger), /does not speak the Model Context Protocol|The server answered/],
      [urlOf(silent), /no answer within 300 ms/],
    ];
    for (const [url, sentence] of cases) {
      const reports: unknown[] = [];
      const runner = runnerOf({ report: (error) => void reports.push(error) });
      const tool = toolOf({ url, headers: { 'X-Key': 'wrong-key' } }, { timeoutMs: 300 });
      assert.equal(await runner.list(tool), undefined, url);
      assert.match(String(reports[0]), sentence);
      assert.match(String(reports[0]), /The tools of crm are not available/);
      assert.doesNotMatch(String(reports[0]), /wrong-key/);
    }
  });

  test('on a private address is not called', async () => {
    const crm = await openCrm();
    const guarded = runnerOf({ send: createOutgoingHttp({ allowPrivateTargets: false }) });
    assert.equal(await guarded.list(toolOf({ url: crm.url, headers })), undefined);
    assert.deepEqual(crm.methods, []);
  });
});
