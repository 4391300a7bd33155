import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type AgentDocument, newDocument } from '../agents/agent.ts';
import type { Tool, ToolSpec } from '../tools/tool.ts';
import type { Channel, OfferedTool, Persona, Snapshot } from './conversation.ts';
import {
  availableTools,
  handoffAnnouncement,
  handoffTargets,
  maskedOffer,
  type OfferInput,
  offeredTools,
  referencedTools,
} from './offer.ts';

const AT = '2026-05-01T10:00:00.000Z';
const id = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const tool = (n: number, spec: ToolSpec): Tool => ({
  workspaceId: 'w',
  id: id(n),
  spec,
  createdAt: AT,
  updatedAt: AT,
});
const agent = (name: string, more: Partial<AgentDocument> = {}) => ({ document: { ...newDocument(name), ...more } });
const HTTP = { kind: 'http', http: { url: 'https://shop.example/orders' } } as const;

function offer(document: Partial<AgentDocument>, input: Partial<OfferInput> = {}) {
  return offeredTools({
    document: { ...newDocument('Ana'), ...document },
    channel: 'chat',
    tools: [],
    agents: new Map(),
    ...input,
  });
}
const names = (tools: readonly OfferedTool[]) => tools.map(({ name }) => name);

describe('channels', () => {
  const document: Partial<AgentDocument> = {
    tools: [
      { toolId: id(1), channels: ['text'], config: {} },
      { toolId: id(2), channels: ['voice'], config: {} },
      { toolId: id(3), channels: ['post-call'], config: {} },
      { toolId: id(4), channels: ['voice', 'text'], config: {} },
      { toolId: id(5), channels: [], config: {} },
      { name: 'end_conversation', channels: ['text', 'post-call'], config: {} },
      { name: 'warm_transfer', channels: ['text', 'voice'], config: {} },
    ],
  };
  const tools = [1, 2, 3, 4, 5].map((n) => tool(n, { name: `t${n}`, ...HTTP }));
  test('for text offer the tools attached to text, except those that need a call', () => {
    for (const channel of ['chat', 'whatsapp'] as const)
      assert.deepEqual(names(offer(document, { channel, tools }).tools), ['t1', 't4', 'end_conversation']);
  });
  test('for voice offer the tools attached to voice', () => {
    for (const channel of ['voice', 'phone'] as const)
      assert.deepEqual(names(offer(document, { channel, tools }).tools), ['t2', 't4', 'warm_transfer']);
  });
  test('a transfer number offers a transfer on calls, unless a transfer tool is attached', () => {
    const telephony = { ...newDocument('x').telephony, transferNumber: '+15559876543' };
    const offered = (more: Partial<AgentDocument>, channel: Channel) =>
      names(offer({ telephony, ...more }, { channel, tools }).tools);
    assert.deepEqual(offered({}, 'phone'), ['cold_transfer']);
    for (const channel of ['chat', 'voice'] as const) assert.deepEqual(offered({}, channel), []);
    assert.deepEqual(offered(document, 'phone'), ['t2', 't4', 'warm_transfer']);
  });
  test('tools that run after the end are listed apart, without end_conversation', () => {
    assert.deepEqual(names(offer(document, { tools }).afterwards), ['t3']);
  });
});

describe('names', () => {
  test('are accepted by every provider and are unique', () => {
    const wild = [
      'Größe prüfen!',
      'Grosse prufen_',
      '9 lives',
      'x'.repeat(90),
      'x'.repeat(99),
      '查询',
      'transfer_back',
    ];
    const tools = wild.map((name, n) => tool(n, { name, ...HTTP }));
    const offered = names(
      offer({ tools: tools.map((one) => ({ toolId: one.id, channels: ['text'], config: {} })) }, { tools }).tools,
    );
    assert.equal(new Set(offered).size, wild.length);
    for (const name of offered) assert.match(name, /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/);
    assert.equal(offered[2], 'tool_9_lives');
    assert.equal(offered[6], 'transfer_back_2');
  });
});

describe('arguments', () => {
  const schemaOf = (spec: Partial<ToolSpec>) =>
    offer(
      { tools: [{ toolId: id(1), channels: ['text'], config: {} }] },
      { tools: [tool(1, { name: 't', ...HTTP, ...spec })] },
    ).tools[0]!.inputSchema;

  test('follow the schema, without $schema and $id', () => {
    const given = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: 'x',
      properties: { a: { type: 'string' } },
    };
    assert.deepEqual(schemaOf({ inputSchema: given }), { type: 'object', properties: { a: { type: 'string' } } });
  });
  test('of an invalid schema may be anything', () => {
    for (const inputSchema of [{ type: 'strin' }, { type: 'array' }, { properties: { a: { $ref: '#/nowhere' } } }])
      assert.deepEqual(schemaOf({ inputSchema }), { type: 'object', properties: {} });
  });
  test('are built from the parameters that the model supplies', () => {
    const dynamicParameters = [
      { name: 'city', description: 'Where', type: 'string', location: 'query', required: true, source: 'ai' },
      { name: 'days', description: '', type: 'integer', location: 'body', required: false, source: 'ai' },
      { name: 'list', type: 'array' },
      { name: 'odd name!', type: 'date', required: true },
      { name: 'phone', type: 'string', required: true, source: 'contact' },
    ];
    assert.deepEqual(schemaOf({ dynamicParameters }), {
      type: 'object',
      properties: {
        city: { type: 'string', description: 'Where' },
        days: { type: 'integer' },
        list: { type: 'array', items: {} },
        odd_name_: { type: 'string' },
      },
      required: ['city', 'odd_name_'],
    });
  });
  test('come with the schema of the response in the description', () => {
    const responseSchema = { type: 'object', properties: { state: { type: 'string' } } };
    const { tools } = offer(
      { tools: [{ toolId: id(1), channels: ['text'], config: {} }] },
      { tools: [tool(1, { name: 't', description: 'Finds.', responseSchema, ...HTTP })] },
    );
    assert.equal(tools[0]?.description, `Finds.\nIts answer has this JSON Schema: ${JSON.stringify(responseSchema)}`);
  });
  test('of a tool without a schema are none', () => {
    assert.deepEqual(schemaOf({}), { type: 'object', properties: {} });
  });
});

describe('built-in tools', () => {
  const one = (name: string, spec?: ToolSpec) =>
    offer(
      {
        tools: [
          spec ? { toolId: id(1), channels: ['text'], config: {} } : { name, channels: ['text'], config: { a: 1 } },
        ],
      },
      { tools: spec ? [tool(1, spec)] : [] },
    ).tools[0];

  test('are known under the names of every dialect', () => {
    for (const name of ['hang_up', 'end_conversation', 'endPhoneCall']) {
      assert.equal(one(name)?.name, name);
      assert.equal(one(name)?.builtin, 'end_conversation');
    }
    assert.deepEqual(one('get_contact_info')?.config, { a: 1 });
  });
  test('may be named by a workspace tool of kind function', () => {
    const offered = one('', {
      name: 'FINISH',
      kind: 'function',
      description: 'Only after the survey.',
      function: { functionName: 'endPhoneCall' },
      inputSchema: { type: 'object', properties: { why: { type: 'string' } } },
    });
    assert.equal(offered?.name, 'FINISH');
    assert.equal(offered?.builtin, 'end_conversation');
    assert.equal(offered?.description, 'Only after the survey.');
    assert.deepEqual(Object.keys(offered?.inputSchema['properties'] as object), ['why']);
  });
  test('that are unknown are offered', () => {
    assert.deepEqual([one('water_plants')?.source, one('water_plants')?.builtin], ['builtin', 'water_plants']);
  });
  test('give way to a workspace tool with the same name', () => {
    const document: Partial<AgentDocument> = { tools: [{ name: 'orders', channels: ['text'], config: {} }] };
    const { tools } = offer(document, { tools: [tool(1, { name: 'orders', ...HTTP })] });
    assert.deepEqual([tools[0]?.source, tools[0]?.toolId], ['http', id(1)]);
    assert.deepEqual(referencedTools({ ...newDocument('x'), ...document }), { ids: [], names: ['orders'] });
  });
});

test('the description of the attachment wins over that of the tool; a deleted tool is not offered', () => {
  const { tools } = offer(
    {
      tools: [
        { toolId: id(1), channels: ['text'], config: {}, description: 'For us: orders' },
        { toolId: id(2), channels: ['text'], config: {} },
      ],
    },
    { tools: [tool(1, { name: 'orders', description: 'Orders', ...HTTP })] },
  );
  assert.deepEqual(
    tools.map(({ description }) => description),
    ['For us: orders'],
  );
});

test('an MCP server offers every tool it listed, and none while it does not answer', () => {
  const mcp = tool(1, { name: 'crm', kind: 'mcp', mcp: { url: 'https://crm.example/mcp', headers: { 'X-Key': 's' } } });
  const document: Partial<AgentDocument> = { tools: [{ toolId: id(1), channels: ['text'], config: {} }] };
  assert.deepEqual(offer(document, { tools: [mcp] }).tools, []);
  const listed = new Map([[id(1), [{ name: 'find.lead', description: 'Finds' }, { name: 'find_lead' }]]]);
  const { tools } = offer(document, { tools: [mcp], listed });
  assert.deepEqual(
    tools.map(({ name, remoteName, source }) => [name, remoteName, source]),
    [
      ['find_lead', 'find.lead', 'mcp'],
      ['find_lead_2', 'find_lead', 'mcp'],
    ],
  );
  assert.doesNotMatch(JSON.stringify(tools.map(maskedOffer)), /"s"/);
});

describe('hand-offs', () => {
  const child = { id: id(90), slug: 'billing', agentId: id(9), handoff: { enabled: true, message: 'One moment.' } };
  const sub: Partial<AgentDocument> = { subAgents: [child] };

  test('are one tool for each active sub-agent', () => {
    const { tools } = offer(sub, { agents: new Map([[id(9), agent('Bill', { description: 'Knows invoices.' })]]) });
    assert.deepEqual(names(tools), ['transfer_to_billing']);
    assert.equal(tools[0]?.agentId, id(9));
    assert.equal(tools[0]?.description, 'Hands the conversation over to Bill. Knows invoices.');
    assert.equal(handoffAnnouncement(tools[0]!), 'One moment.');
    assert.deepEqual(offer(sub, { agents: new Map([[id(9), agent('Bill', { status: 'paused' })]]) }).tools, []);
    assert.deepEqual(offer(sub).tools, []);
    const mute = { agents: new Map([[id(9), agent('Bill', { voiceEnabled: false })]]), channel: 'phone' } as const;
    assert.deepEqual(offer(sub, mute).tools, []);
  });

  test('may be targets of agent_transfer, on the channels that it is attached to', () => {
    const targets = [
      { key: 'sales', persona_id: id(7), when_to_use: 'Prices.', voice_config_id: id(77) },
      { key: 'gone', persona_id: id(8) },
      'nonsense',
    ];
    const document: Partial<AgentDocument> = {
      tools: [{ name: 'agent_transfer', channels: ['text'], config: { targets } }],
    };
    const agents = new Map([[id(7), agent('Sal')]]);
    assert.deepEqual(names(offer(document, { agents }).tools), ['transfer_to_sales']);
    assert.deepEqual(names(offer(document, { agents, channel: 'phone' }).tools), []);
    assert.deepEqual(handoffTargets({ ...newDocument('x'), ...document, ...sub }), [
      { agentId: id(9) },
      { agentId: id(7), profileId: id(77) },
      { agentId: id(8) },
    ]);
  });

  test('lead a sub-agent back to its parent only', () => {
    const persona = (agentId: string, document: AgentDocument): Persona => ({
      agentId,
      revision: 1,
      document,
      profile: undefined,
      name: document.name,
      tools: [],
      afterwards: [],
    });
    const handoff = { enabled: true, toChildMessage: 'To Bill.', toParentMessage: 'Back to Ana.' };
    const personas = {
      [id(1)]: persona(id(1), { ...newDocument('Ana'), subAgents: [{ ...child, handoff }] }),
      [id(9)]: persona(id(9), newDocument('Bill')),
      [id(7)]: persona(id(7), newDocument('Sal')),
    };
    const now = (...stack: string[]) =>
      availableTools(
        { status: 'open', endReason: null, stack, rounds: 0 },
        { personas } as unknown as Snapshot,
        personas[stack.at(-1)!]!,
      );
    assert.deepEqual(names(now(id(1))), []);
    assert.deepEqual(names(now(id(1), id(9))), ['transfer_back']);
    assert.equal(now(id(1), id(9))[0]?.agentId, id(1));
    assert.equal(handoffAnnouncement(now(id(1), id(9))[0]!), 'Back to Ana.');
    assert.deepEqual(names(now(id(1), id(7))), []);
  });
});
